import type { EventData, EventEnvelope, EventType, Run, Step } from '@lockstep/contracts';
import { painterFor } from './painter';
import { eventLine, printable, printableLines, renderSteps } from './render';
import { viewOf, withEvent, withSteps, type RunView } from './run-view';

const id = '00000000-0000-4000-8000-000000000001';
const step = (key: string, parent: string | null = null, isLeaf = true): Step => ({
  key,
  parent,
  isLeaf,
  position: 0,
  title: `Title ${key}`,
  status: 'pending',
  round: 1,
  retryCount: 0,
  commitSha: null,
  summary: null,
  filesModified: [],
  lessons: [],
  startedAt: null,
  finishedAt: null,
  attempts: [],
});
const run = { id, status: 'running', stage: 'implementation', reason: null } as Run;

let seq = 0;
const event = <T extends EventType>(type: T, data: EventData<T>): EventEnvelope => ({
  specversion: '1.0',
  id,
  source: `/runs/${id}`,
  type,
  subject: id,
  time: '2030-01-01T00:00:00.000Z',
  schema: `${type}/1`,
  runId: id,
  planId: id,
  projectId: id,
  teamId: id,
  seq: (seq += 1),
  data,
});
const completed = (stepId: string): EventEnvelope =>
  event('step.completed', {
    stepId,
    status: 'completed',
    summary: '',
    filesModified: [],
    commitSha: 'abcdef1234567890',
    retryCount: 0,
    tests: { passed: 3, failed: 0, skipped: 1, total: 4 },
    durationMs: 1234,
  });
const start = (): RunView => viewOf(run, [step('1'), step('2', null, false), step('2a', '2'), step('2b', '2')]);
const after = (...events: EventEnvelope[]): RunView => events.reduce(withEvent, start());
const states = ({ steps }: RunView): string => steps.map(({ key, status }) => `${key}:${status}`).join(' ');

describe('a run as people see it', () => {
  beforeEach(() => (seq = 0));

  it('opens steps again and leaves them out as an amended plan says', () => {
    const data = { planId: id, version: 2, amends: id, runId: id, by: 'ada', restarted: [], inserted: [] };
    const amendment = event('plan.amended', { ...data, reopened: ['2', '2a'], skipped: ['1'] });
    expect(states(after(completed('2a'), completed('2b'), amendment))).toBe(
      '1:skipped 2:in_progress 2a:pending 2b:completed',
    );
  });

  it('follows its steps, and a parent follows its parts', () => {
    const begun = after(event('step.started', { stepId: '2a', attempt: 1 }));
    expect(states(begun)).toBe('1:pending 2:in_progress 2a:in_progress 2b:pending');
    expect(states(after(completed('2a'), completed('2b')))).toBe('1:pending 2:completed 2a:completed 2b:completed');
  });

  it('knows the run’s state, why, and how far it has read', () => {
    const view = after(event('execution.status', { status: 'blocked', action: 'stage3_blocked', reason: 'it asks' }));
    expect(view).toMatchObject({ status: 'blocked', reason: 'it asks', seq: 1 });
  });

  it('takes new sub-steps in and keeps what it knows of the others', () => {
    const view = withSteps(after(completed('1')), [step('1', null, false), step('1a', '1')]);
    expect(states(view)).toBe('1:completed 1a:pending');
  });

  it('is a list of lines, none wider than the terminal, parts below their parent', () => {
    const view = after(completed('1'), event('step.started', { stepId: '2a', attempt: 2 }));
    expect(renderSteps(view, 80)).toEqual([
      '✅ 1  Title 1      3/4 tests passed, 1 skipped',
      '🔄 2  Title 2',
      '🔄   2a  Title 2a  attempt 2',
      '⏳   2b  Title 2b',
    ]);
    expect(renderSteps(view, 24).every((line) => line.length <= 24)).toBe(true);
  });

  it('is a line for each event that people want to hear of', () => {
    expect(eventLine(start(), completed('1'))).toBe('✅ 1 Title 1 · 3/4 tests passed, 1 skipped · abcdef12 · 1.2 s');
    const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    expect(eventLine(start(), event('cost.updated', { stepId: '1', costUsd: 1, tokens: usage }))).toBeUndefined();
  });

  it('lets nothing steer the terminal', () => {
    const hostile = event('agent.warning', { kind: 'x', detail: '\u001b[2J\u202egone' });
    expect(eventLine(start(), hostile)).not.toMatch(/[\u001b\u202e]/);
    expect(printable('a\tb\nc')).toBe('a b c');
    expect(printable('a\u2066b\u009b2J\u200e')).toBe('a b 2J ');
    expect(printableLines('a\tb\r\n\u001b]0;c\u0007\n')).toBe('a\tb \n ]0;c \n');
  });
});

describe('a painter', () => {
  const paint = (isTerminal: boolean, rows = 24): { text: () => string; painter: ReturnType<typeof painterFor> } => {
    let text = '';
    const write = (more: string): void => void (text += more);
    return { text: () => text, painter: painterFor({ write, isTerminal, size: () => ({ columns: 80, rows }) }) };
  };

  it('draws over its last picture in a terminal, and leaves the last one standing', () => {
    const { text, painter } = paint(true);
    const view = after(completed('1'));
    painter.event(view, completed('1'));
    painter.event(view, completed('1'));
    expect(text().split('\u001b[5A\r\u001b[J')).toHaveLength(2);
    painter.end();
    painter.say('Done.');
    expect(text().endsWith('1/3 steps\nDone.\n')).toBe(true);
  });

  it('is steered by nothing that a run or a server says', () => {
    const { text, painter } = paint(true);
    const hostile = '\u001b]0;gone\u0007';
    painter.event({ ...start(), reason: `no ${hostile}` }, completed('1'));
    painter.end();
    painter.say(hostile);
    expect(text()).not.toContain('\u001b]');
    expect(text()).not.toContain('\u0007');
  });

  it('shows the part around the step under way where the terminal is low', () => {
    const { text, painter } = paint(true, 5);
    const started = event('step.started', { stepId: '2b', attempt: 1 });
    painter.event(after(started), started);
    expect(text()).toContain('2b  Title 2b');
    expect(text()).not.toContain('1  Title 1');
  });

  it('writes lines elsewhere, and no control characters', () => {
    const { text, painter } = paint(false);
    painter.event(start(), completed('1'));
    expect(text()).toMatch(/^✅ 1 Title 1 .*\n$/);
  });
});
