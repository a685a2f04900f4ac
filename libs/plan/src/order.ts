import type { PlanDocument, PlanStep } from '@lockstep/contracts';

type Steps = Pick<PlanDocument, 'steps'>;

/** The leaves that a key stands for: itself, or everything below it. */
const leavesOf = (steps: readonly PlanStep[], key: string, seen = new Set<string>()): PlanStep[] => {
  if (seen.has(key)) return [];
  seen.add(key);
  const children = steps.filter((step) => step.parent === key && step.key !== key);
  return children.length > 0
    ? children.flatMap((child) => leavesOf(steps, child.key, seen))
    : steps.filter((step) => step.key === key).slice(0, 1);
};

/** A step and everything above it: what one of them comes after, the step comes after too. */
const lineage = (steps: readonly PlanStep[], step: PlanStep): PlanStep[] => {
  const line = [step];
  for (let at: PlanStep | undefined = step; at?.parent != null && line.length <= steps.length;) {
    const parent: string = at.parent;
    at = steps.find((each) => each.key === parent);
    if (at) line.push(at);
  }
  return line;
};

/** An alternative is left out, and with it everything below it. */
const isAlternative = (steps: readonly PlanStep[], step: PlanStep): boolean =>
  lineage(steps, step).some((each) => each.alternativeOf !== null);

interface Sorted {
  readonly order: PlanStep[];
  /** Leaves that wait for each other; empty in a plan that can be carried out. */
  readonly stuck: PlanStep[];
}

const sort = ({ steps }: Steps): Sorted => {
  const leaves = steps.filter((step) => step.leaf && !isAlternative(steps, step));
  const waitsFor = new Map(
    leaves.map((leaf) => {
      const keys = lineage(steps, leaf).flatMap((each) => each.after);
      return [leaf, new Set(keys.flatMap((key) => leavesOf(steps, key)).filter((each) => leaves.includes(each)))];
    }),
  );
  const order: PlanStep[] = [];
  let open = leaves;
  for (let next: PlanStep | undefined; open.length > 0; open = open.filter((leaf) => leaf !== next)) {
    next = open.find((leaf) => [...(waitsFor.get(leaf) ?? [])].every((each) => order.includes(each)));
    if (!next) break;
    order.push(next);
  }
  return { order, stuck: open };
};

/**
 * The leaves in the order in which they are carried out: document order, but each after what it comes after. Of a group
 * of alternatives only the first is in it. Leaves in a cycle come last, in document order; such a plan has an error.
 */
export const stepOrder = (plan: Steps): PlanStep[] => {
  const { order, stuck } = sort(plan);
  return [...order, ...stuck];
};

export const stepsInCycle = (plan: Steps): PlanStep[] => sort(plan).stuck;
