import { runStatus, waitReason, type WaitReason } from '@lockstep/contracts';
import { whyWaiting, type WaitFacts } from './why-waiting';

const at = new Date('2026-01-01T00:01:05Z');
const facts: WaitFacts = {
  status: 'queued',
  waitReason: 'slot',
  reason: null,
  resumeAt: null,
  ahead: 0,
  fleet: { executors: 2, slots: 4, busy: 4 },
  credential: null,
  question: null,
  reviewStep: null,
  nextStep: null,
  predecessor: null,
};
const says = (more: Partial<WaitFacts>): string | undefined => whyWaiting({ ...facts, ...more })?.says;

it.each(runStatus.options)('of a run that is %s: for every reason a sentence, or nothing at all', (status) => {
  const waits = ['queued', 'blocked', 'paused'].includes(status);
  for (const reason of [...waitReason.options, null]) {
    const why = whyWaiting({ ...facts, status, waitReason: reason });
    expect(why === null).toBe(!waits);
    if (why === null) continue;
    expect(why.says.length).toBeGreaterThan(10);
    if (reason !== null) expect(why.for).toBe(reason);
  }
});

it.each<[string, Partial<WaitFacts>, string]>([
  ['busy slots', { ahead: 3 }, 'all 4 slots of 2 executors are busy; 3 runs ahead of it'],
  ['one busy slot', { fleet: { executors: 1, slots: 1, busy: 1 } }, 'all 1 slot of 1 executor are busy; it is next'],
  [
    'free slots',
    { fleet: { executors: 1, slots: 2, busy: 1 } },
    'an executor is about to take it: 1 of 2 slots free, it is next',
  ],
  ['nobody', { fleet: { executors: 0, slots: 0, busy: 0 } }, 'no executor is alive: start one'],
  [
    'a credential',
    { waitReason: 'credential', credential: { state: 'paused', limit: 'usage', resumeAt: at } },
    'the credential is paused: its allowance is used up, until 2026-01-01 00:01:05 UTC; no attempt is spent',
  ],
  [
    'a credential that is open again',
    { waitReason: 'credential', credential: { state: 'open', limit: null, resumeAt: null } },
    'all 4 slots of 2 executors are busy; it is next',
  ],
  ['a budget', { status: 'blocked', waitReason: 'budget', reason: 'the run has cost $5' }, 'the run has cost $5'],
  [
    'a question',
    { status: 'blocked', waitReason: 'question', question: { stepKey: '2', text: 'Which one?\nmore', open: 2 } },
    'waits for the answer to a question about step 2: Which one? (and 1 more question)',
  ],
  [
    'a question of the run',
    { status: 'blocked', waitReason: 'question', question: { stepKey: null, text: 'Go on?', open: 1 } },
    'waits for the answer to a question: Go on?',
  ],
  [
    'a review',
    { status: 'paused', waitReason: 'review', reviewStep: '3a' },
    'step 3a needs a review: approve it, or have it tried again',
  ],
  [
    'a person',
    { status: 'paused', waitReason: 'person', reason: 'paused by ann' },
    'paused by ann; it goes on when a person resumes it',
  ],
  [
    'the next step',
    { status: 'paused', waitReason: 'advance', nextStep: '4' },
    'step 4 comes next; it starts when a person resumes the run',
  ],
  [
    'a run that goes on',
    { waitReason: 'predecessor', predecessor: { runId: 'r', status: 'running' } },
    'waits until the run r is delivered; that one is running',
  ],
  [
    'a run that failed',
    { waitReason: 'predecessor', reason: 'retry that one', predecessor: { runId: 'r', status: 'failed' } },
    'retry that one',
  ],
])('waits for %s', (_, more, expected) => {
  expect(says(more)).toBe(expected);
});

it('knows until when only for what goes on by itself', () => {
  const until = (reason: WaitReason) => whyWaiting({ ...facts, waitReason: reason, resumeAt: at })?.until ?? null;
  expect([until('credential'), until('person')]).toEqual([at, null]);
});
