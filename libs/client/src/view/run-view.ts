import type { EventData, EventEnvelope, EventType, Run, Step, TestCounts } from '@lockstep/contracts';

/** One step as people see it. */
export interface StepView {
  readonly key: string;
  readonly title: string;
  readonly parent: string | null;
  readonly status: Step['status'];
  /** The attempt under way, or the last one; 0 before the first. */
  readonly attempt: number;
  /** What it is doing, or came to, in a few words. */
  readonly note: string;
  readonly tests: TestCounts | null;
}

/** A run as people see it: folded from its events, so that any client shows the same. */
export interface RunView {
  readonly runId: string;
  readonly status: Run['status'];
  readonly stage: Run['stage'];
  readonly reason: string | null;
  readonly steps: readonly StepView[];
  /** The last event that is folded in. */
  readonly seq: number;
}

/** How a run begins to be shown: as it is; the events that follow, or are told again, lead to the same picture. */
export function viewOf(run: Run, steps: readonly Step[]): RunView {
  return {
    runId: run.id,
    status: run.status,
    stage: run.stage,
    reason: run.reason,
    seq: 0,
    steps: steps.map(({ key, title, parent, status, attempts }) => ({
      key,
      title,
      parent,
      status,
      attempt: attempts.at(-1)?.number ?? 0,
      note: '',
      tests: attempts.at(-1)?.verifications.find(({ tests }) => tests !== null)?.tests ?? null,
    })),
  };
}

/** The steps anew, for when the plan has grown; what the view knows of the old ones stays. */
export function withSteps(view: RunView, steps: readonly Step[]): RunView {
  const known = new Map(view.steps.map((step) => [step.key, step]));
  const fresh = steps.map(({ key, title, parent, status }) => {
    const old = known.get(key);
    return old ? { ...old, parent } : { key, title, parent, status, attempt: 0, note: '', tests: null };
  });
  return { ...view, steps: fresh };
}

/** An event's `data`, typed, when it is of that type. */
export function dataOf<T extends EventType>(event: EventEnvelope, type: T): EventData<T> | undefined {
  return event.type === type ? (event.data as EventData<T>) : undefined;
}

/** The key of the step that an event is about. */
export const stepOf = ({ data }: EventEnvelope): string | undefined =>
  typeof data['stepId'] === 'string' ? data['stepId'] : undefined;

export function withEvent(view: RunView, event: EventEnvelope): RunView {
  const key = stepOf(event);
  const change = key === undefined ? undefined : changeOf(event);
  const changed = change ? view.steps.map((step) => (step.key === key ? { ...step, ...change } : step)) : view.steps;
  const steps = changed.map((step) => amended(step, event));
  return { ...view, ...runChange(event), steps: settleParents(steps), seq: event.seq };
}

/** An amended plan opens steps again and leaves others out; new ones come with `withSteps`. */
function amended(step: StepView, event: EventEnvelope): StepView {
  const data = dataOf(event, 'plan.amended');
  if (data?.skipped.includes(step.key)) return { ...step, status: 'skipped', note: '' };
  const again = data && [...data.reopened, ...data.restarted].includes(step.key);
  return again ? { ...step, status: 'pending', note: '', tests: null } : step;
}

function runChange(event: EventEnvelope): Partial<RunView> {
  const execution = dataOf(event, 'execution.status');
  if (execution) return { status: execution.status, reason: execution.reason ?? null };
  const stage = dataOf(event, 'stage.changed');
  return stage ? { stage: stage.to.name } : {};
}

function changeOf(event: EventEnvelope): Partial<StepView> | undefined {
  const started = dataOf(event, 'step.started');
  if (started) return { status: 'in_progress', attempt: started.attempt, note: '' };
  const ended = dataOf(event, 'step.completed');
  if (ended) return { status: ended.status, note: '', tests: ended.tests ?? null };
  const progress = dataOf(event, 'implementation.progress');
  if (progress) return { note: progress.message };
  const verifying = dataOf(event, 'verification.started');
  if (verifying) return { note: `verifying: ${firstLine(verifying.command)}` };
  const asked = dataOf(event, 'question.asked');
  if (asked) return asked.category === 'blocker' ? { status: 'blocked', note: `asks: ${asked.text}` } : undefined;
  return verified(event);
}

function verified(event: EventEnvelope): Partial<StepView> | undefined {
  const finished = dataOf(event, 'verification.finished');
  return finished && { note: `${finished.verdict ?? 'verified'}`, tests: finished.tests ?? null };
}

/** Parents have no events of their own while their sub-steps are carried out. */
function settleParents(steps: readonly StepView[]): readonly StepView[] {
  const parents = new Set(steps.map(({ parent }) => parent));
  return steps.map((step) => {
    if (!parents.has(step.key)) return step;
    const below = leavesOf(steps, step.key);
    const done = below.every(({ status }) => status === 'completed' || status === 'skipped');
    const begun = below.some(({ status }) => status !== 'pending');
    return { ...step, status: done ? 'completed' : begun ? 'in_progress' : 'pending', note: '' };
  });
}

function leavesOf(steps: readonly StepView[], key: string): StepView[] {
  const children = steps.filter(({ parent }) => parent === key);
  return children.flatMap((child) => {
    const below = leavesOf(steps, child.key);
    return below.length > 0 ? below : [child];
  });
}

export const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';
