import type { PlanDocument, PlanStep } from '@lockstep/contracts';
import { stepOrder } from '../order';
import { lineage } from './text';

/** A step as a run of the plan starts with it. `position` is its place in the order of execution, from 0. */
export interface PlannedRow {
  readonly key: string;
  readonly parent: string | null;
  readonly position: number;
  readonly isLeaf: boolean;
  readonly title: string;
  readonly status: 'pending' | 'completed' | 'skipped';
  readonly summary: string | null;
  /** Only parts that the agent splits off have a text of their own; it comes later. */
  readonly section: null;
}

type Steps = readonly PlanStep[];
type Start = Pick<PlannedRow, 'status' | 'summary'>;

const pending: Start = { status: 'pending', summary: null };

/**
 * The rows that a run of the plan starts with. Their order is the order of execution: each leaf where `stepOrder` has it, each parent
 * right before the first of its leaves, and what isn't carried out behind the step that it follows in the document.
 */
export function stepsOfPlan(plan: Pick<PlanDocument, 'steps'>): PlannedRow[] {
  const starts = startsOf(plan.steps);
  return inOrder(plan).map((step, position) => ({
    key: step.key,
    parent: step.parent,
    position,
    isLeaf: step.leaf,
    title: step.title,
    ...(starts.get(step.key) ?? pending),
    section: null,
  }));
}

function inOrder(plan: Pick<PlanDocument, 'steps'>): PlanStep[] {
  const placed = new Set<PlanStep>();
  for (const leaf of stepOrder(plan)) [...lineage(plan.steps, leaf)].reverse().forEach((step) => placed.add(step));
  const order = [...placed];
  plan.steps.forEach((step, index) => {
    if (placed.has(step)) return;
    const before = plan.steps[index - 1];
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, step);
  });
  return order;
}

function startsOf(steps: Steps): Map<string, Start> {
  const starts = new Map(steps.filter(({ leaf }) => leaf).map((step) => [step.key, leafStart(lineage(steps, step))]));
  const parents = steps.filter(({ leaf }) => !leaf);
  const depth = new Map(parents.map((step) => [step, lineage(steps, step).length]));
  parents.sort((a, b) => (depth.get(b) ?? 0) - (depth.get(a) ?? 0));
  for (const parent of parents) starts.set(parent.key, parentStart(steps, parent, starts));
  return starts;
}

/** What the document says of the step itself counts first, then what it says of the steps above. */
function leafStart(line: readonly PlanStep[]): Start {
  const alternative = line.find(({ alternativeOf }) => alternativeOf !== null);
  if (alternative)
    return { status: 'skipped', summary: `not carried out: an alternative to step ${alternative.alternativeOf}` };
  const said = line.find(({ status }) => status === 'completed' || status === 'skipped');
  if (said === undefined || (said !== line[0] && line[0]?.status !== 'pending')) return pending;
  return said.status === 'completed'
    ? { status: 'completed', summary: 'before_run' }
    : { status: 'skipped', summary: 'not carried out: skipped in the plan document' };
}

/** A parent is done when all its children are. */
function parentStart(steps: Steps, parent: PlanStep, starts: ReadonlyMap<string, Start>): Start {
  const children = steps.filter((step) => step.parent === parent.key).map(({ key }) => starts.get(key) ?? pending);
  if (children.length === 0 || children.some(({ status }) => status === 'pending')) return pending;
  return children.find(({ status }) => status === 'completed') ?? children[0] ?? pending;
}
