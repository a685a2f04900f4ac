import type { AmendmentImpact, PlanDocument, StepChange, StepImpact, StepStatus } from '@lockstep/contracts';
import { comesAfter } from '../order';
import { stepsOfPlan, type PlannedRow } from './run-steps';
import { groundOf, textsOf } from './text';

type Plan = Pick<PlanDocument, 'steps' | 'prerequisites'>;

/** A step of a run, as far as an amendment asks. */
export interface RunStepState {
  readonly key: string;
  readonly parent: string | null;
  readonly position: number;
  readonly isLeaf: boolean;
  readonly title: string;
  readonly status: StepStatus;
  readonly round: number;
  /** The text of a part that the agent split off; null for steps of the plan. */
  readonly section: string | null;
}

/** A step in its place in the amended run, before it is decided on. */
interface Placed {
  readonly key: string;
  readonly parent: string | null;
  readonly title: string;
  readonly isLeaf: boolean;
  readonly change: StepChange;
  readonly row: RunStepState | null;
  /** What the amended document starts it with; null for one that it doesn't name. */
  readonly start: PlannedRow | null;
  /** The document before left it out, and this one doesn't. */
  readonly called: boolean;
}

type Verdict = Pick<StepImpact, 'effect' | 'to' | 'round' | 'reason'>;

const isDone = (status: StepStatus): boolean => status === 'completed' || status === 'skipped';
const isBegun = (status: StepStatus): boolean => !isDone(status) && status !== 'pending';

/**
 * What an amended plan does to the steps of a run. Completed steps whose text is the same stay completed, unless something that they
 * come after is carried out again; new steps go where the document has them; nothing that was completed disappears.
 */
export function amendmentImpact(before: Plan, after: Plan, rows: readonly RunStepState[]): AmendmentImpact {
  const placed = place(before, after, rows);
  const decided = decideLeaves(placed, comesAfter(after));
  const settled = restartOvertaken(placed, decided);
  const steps = placed.map((step) => impactOf(step, settled.get(step.key) ?? decideParent(step, placed, settled)));
  return {
    steps,
    groundChanged: groundOf(before) !== groundOf(after),
    discardsWork: steps.some((step) => step.isLeaf && begunAndMoved(step)),
  };
}

const begunAndMoved = ({ from, effect }: StepImpact): boolean =>
  from !== null && isBegun(from) && (effect === 'restart' || effect === 'skip');

const impactOf = ({ key, title, parent, isLeaf, change, row }: Placed, verdict: Verdict): StepImpact => ({
  key,
  title,
  parent,
  isLeaf,
  change,
  from: row?.status ?? null,
  ...verdict,
});

/** Every step of the amended plan in the order of execution; a row that it doesn't name stays behind the one that it followed. */
function place(before: Plan, after: Plan, rows: readonly RunStepState[]): Placed[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const texts = { before: textsOf(before), after: textsOf(after) };
  const leftOut = new Set(stepsOfPlan(before).flatMap(({ key, status }) => (status === 'skipped' ? [key] : [])));
  const changeOf = (key: string): StepChange =>
    !byKey.has(key) ? 'added' : texts.before.get(key) === texts.after.get(key) ? 'unchanged' : 'changed';
  const placed = stepsOfPlan(after).map((start): Placed => {
    const [row, change] = [byKey.get(start.key) ?? null, changeOf(start.key)];
    const isSplit = change === 'unchanged' && row !== null && start.isLeaf && !row.isLeaf;
    const called = leftOut.has(start.key) || !texts.before.has(start.key);
    return { ...start, isLeaf: start.isLeaf && !isSplit, change, row, start, called };
  });
  return withUnnamed(placed, rows);
}

function withUnnamed(placed: readonly Placed[], rows: readonly RunStepState[]): Placed[] {
  const list = [...placed];
  const isNamed = new Set(placed.map(({ key }) => key));
  const sorted = [...rows].sort((a, b) => a.position - b.position);
  sorted.forEach((row, index) => {
    if (isNamed.has(row.key)) return;
    const parent = list.find(({ key }) => key === row.parent);
    const isPart = row.section !== null && parent !== undefined && parent.change === 'unchanged' && !parent.isLeaf;
    const { key, title, isLeaf } = row;
    const step: Placed = {
      ...{ key, title, isLeaf, row, start: null, called: false, parent: row.parent },
      change: isPart ? 'unchanged' : 'removed',
    };
    const previous = sorted[index - 1]?.key;
    list.splice(list.findIndex((each) => each.key === previous) + 1, 0, step);
  });
  return list;
}

/** Walks the leaves in order: once one is carried out again, whatever was done after it is as well. */
function decideLeaves(
  placed: readonly Placed[],
  after: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, Verdict> {
  const decided = new Map<string, Verdict>();
  const fresh = new Set<string>();
  let disturbedBy: string | null = null;
  for (const step of placed) {
    if (!step.isLeaf) continue;
    const named = [...(after.get(step.key) ?? [])].find((key) => fresh.has(key)) ?? null;
    const verdict = decideLeaf(step, named ?? disturbedBy);
    decided.set(step.key, verdict);
    if (step.change === 'removed' || isDone(verdict.to)) continue;
    if (step.change === 'added') fresh.add(step.key);
    if (step.change === 'changed' || verdict.effect === 'reopen') {
      fresh.add(step.key);
      disturbedBy ??= step.key;
    }
  }
  return decided;
}

function decideLeaf({ change, row, start, called }: Placed, follows: string | null): Verdict {
  if (row === null) return { effect: 'insert', to: start?.status ?? 'pending', round: 1, reason: 'new in the plan' };
  const verdict = (effect: Verdict['effect'], to: StepStatus, reason: string): Verdict => ({
    ...{ effect, to, reason },
    // A step that was left out has no round behind it.
    round: effect === 'reopen' && row.status === 'completed' ? row.round + 1 : row.round,
  });
  const keep = (reason: string): Verdict => verdict('keep', row.status, reason);
  const again = change === 'changed' ? 'its text changed' : follows === null ? null : `it comes after ${follows}`;
  if (change === 'removed') {
    if (row.status === 'completed') return keep('no longer in the plan; its commit stays in the branch');
    const reason = `no longer in the plan${leftBehind(row)}`;
    return row.status === 'skipped' ? keep(reason) : verdict('skip', 'skipped', reason);
  }
  switch (row.status) {
    case 'completed':
      if (start?.status === 'completed') return keep('the document says that it is done');
      return again === null ? keep('unchanged') : verdict('reopen', 'pending', again);
    case 'skipped':
      if (start?.status !== 'pending') return keep('not carried out');
      return change === 'changed' || called
        ? verdict('reopen', 'pending', called ? 'the plan names it again' : 'its text changed')
        : keep('a person skipped it');
    default:
      if (start?.status === 'skipped')
        return verdict('skip', 'skipped', `the document says that it is not carried out${leftBehind(row)}`);
      if (start?.status === 'completed' && row.status === 'pending')
        return verdict('keep', 'completed', 'the document says that it is done');
      if (row.status === 'pending')
        return keep(change === 'changed' ? 'its text changed; it was not begun' : 'not begun');
      return again === null ? keep('goes on') : verdict('restart', 'pending', again);
  }
}

/** A step that was opened again is skipped for its round alone: what the rounds before it committed is in the branch. */
function leftBehind({ round }: RunStepState): string {
  if (round === 1) return '';
  const rounds = round === 2 ? 'round 1' : `rounds 1 to ${round - 1}`;
  return `; what ${rounds} committed stays in the branch`;
}

/** A step in the middle of its work goes on only when it still comes next: otherwise its work would be committed with another step's. */
function restartOvertaken(placed: readonly Placed[], decided: ReadonlyMap<string, Verdict>): Map<string, Verdict> {
  const settled = new Map(decided);
  const next = placed.find(({ key }) => settled.has(key) && !isDone(settled.get(key)?.to ?? 'completed'))?.key;
  for (const { key } of placed) {
    const verdict = settled.get(key);
    if (!verdict || key === next || verdict.effect !== 'keep' || !isBegun(verdict.to)) continue;
    settled.set(key, { ...verdict, effect: 'restart', to: 'pending', reason: `step ${next} comes before it now` });
  }
  return settled;
}

/** A parent is done when all its parts are; it follows them, and the executor closes it when the last one is done. */
function decideParent(
  { key, change, row, start }: Placed,
  placed: readonly Placed[],
  decided: ReadonlyMap<string, Verdict>,
): Verdict {
  if (row === null) return { effect: 'insert', to: start?.status ?? 'pending', round: 1, reason: 'new in the plan' };
  const keep = (reason: string): Verdict => ({ effect: 'keep', to: row.status, round: row.round, reason });
  if (change === 'removed')
    return isDone(row.status)
      ? keep('no longer in the plan')
      : { effect: 'skip', to: 'skipped', round: row.round, reason: 'no longer in the plan' };
  const open = leavesBelow(key, placed).find((leaf) => !isDone(decided.get(leaf)?.to ?? 'pending'));
  if (open === undefined || !isDone(row.status)) return keep(change === 'changed' ? 'its text changed' : 'unchanged');
  return { effect: 'reopen', to: 'pending', round: row.round + 1, reason: `its part ${open} is open` };
}

function leavesBelow(key: string, placed: readonly Placed[], seen = new Set<string>()): string[] {
  if (seen.has(key)) return [];
  seen.add(key);
  return placed
    .filter(({ parent }) => parent === key)
    .flatMap((child) => (child.isLeaf ? [child.key] : leavesBelow(child.key, placed, seen)));
}
