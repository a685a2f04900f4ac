import type { CredentialState, ProviderLimit, RunStatus, WaitReason } from '@lockstep/contracts';
import { whyPaused } from './credential';

/** What is known of a run that does not move, of whatever it may wait for. */
export interface WaitFacts {
  readonly status: RunStatus;
  readonly waitReason: WaitReason | null;
  /** What was said when it stopped. */
  readonly reason: string | null;
  readonly resumeAt: Date | null;
  /** Runs that were queued for a slot before it. */
  readonly ahead: number;
  /** Executors that are alive and take runs, with all their slots. */
  readonly fleet: { readonly executors: number; readonly slots: number; readonly busy: number };
  /** Of the credential that it waits for. */
  readonly credential: {
    readonly state: CredentialState;
    readonly limit: ProviderLimit | null;
    readonly resumeAt: Date | null;
  } | null;
  /** The open blocker that was asked first, and how many are open. */
  readonly question: { readonly stepKey: string | null; readonly text: string; readonly open: number } | null;
  /** The first step that wants a person's eyes. */
  readonly reviewStep: string | null;
  readonly nextStep: string | null;
  readonly predecessor: { readonly runId: string; readonly status: RunStatus } | null;
}

export interface Why {
  readonly for: WaitReason;
  readonly says: string;
  readonly until: Date | null;
}

/** The one answer to "why is it waiting?", from the real cause; null for a run that moves or has ended. */
export function whyWaiting(facts: WaitFacts): Why | null {
  if (facts.status !== 'queued' && facts.status !== 'blocked' && facts.status !== 'paused') return null;
  const cause = causeOf(facts);
  return { for: cause, says: words[cause](facts), until: cause === 'credential' ? untilOf(facts) : null };
}

/** A credential that is open again is waited for no more, whatever the run's row still says. */
function causeOf({ status, waitReason, credential }: WaitFacts): WaitReason {
  if (waitReason === null) return status === 'queued' ? 'slot' : status === 'blocked' ? 'question' : 'person';
  return waitReason === 'credential' && credential?.state === 'open' ? 'slot' : waitReason;
}

const untilOf = ({ credential, resumeAt }: WaitFacts): Date | null => credential?.resumeAt ?? resumeAt;

const some = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';

const words: Record<WaitReason, (facts: WaitFacts) => string> = {
  slot: ({ fleet, ahead }) => whySlot(fleet, ahead),
  credential: ({ credential, resumeAt, reason }) =>
    credential === null
      ? (reason ?? 'waits for the credential')
      : whyPaused({ ...credential, resumeAt: credential.resumeAt ?? resumeAt }),
  budget: ({ reason }) => reason ?? 'a budget is used up; answer its question to raise it',
  question: ({ question, reason }) => whyQuestion(question) ?? reason ?? 'waits for an answer',
  review: ({ reviewStep, reason }) =>
    reviewStep === null
      ? (reason ?? 'a step needs a review')
      : `step ${reviewStep} needs a review: approve it, or have it tried again${reason === null ? '' : `. ${firstLine(reason)}`}`,
  person: ({ reason }) => `${reason ?? 'paused'}; it goes on when a person resumes it`,
  advance: ({ nextStep, reason }) =>
    nextStep === null
      ? (reason ?? 'it goes on when a person resumes it')
      : `step ${nextStep} comes next; it starts when a person resumes the run`,
  predecessor: ({ predecessor, reason }) => whyPredecessor(predecessor, reason),
};

function whySlot({ executors, slots, busy }: WaitFacts['fleet'], ahead: number): string {
  if (executors === 0) return 'no executor is alive: start one';
  const queue = ahead === 0 ? 'it is next' : `${some(ahead, 'run')} ahead of it`;
  if (busy < slots) return `an executor is about to take it: ${slots - busy} of ${some(slots, 'slot')} free, ${queue}`;
  return `all ${some(slots, 'slot')} of ${some(executors, 'executor')} are busy; ${queue}`;
}

function whyQuestion(question: WaitFacts['question']): string | null {
  if (question === null) return null;
  const about = question.stepKey === null ? '' : ` about step ${question.stepKey}`;
  const more = question.open > 1 ? ` (and ${some(question.open - 1, 'more question')})` : '';
  return `waits for the answer to a question${about}: ${firstLine(question.text)}${more}`;
}

function whyPredecessor(predecessor: WaitFacts['predecessor'], reason: string | null): string {
  if (predecessor === null) return reason ?? 'waits for the run before it';
  const { runId, status } = predecessor;
  const ended = status === 'failed' || status === 'cancelled';
  return ended && reason !== null ? reason : `waits until the run ${runId} is delivered; that one is ${status}`;
}
