import type { PlanDocument, PlanStep } from '@lockstep/contracts';

type Steps = Pick<PlanDocument, 'steps'>;

/** The tree, looked up by key; of a key that occurs twice the first counts. */
class Tree {
  private readonly byKey = new Map<string, PlanStep>();
  private readonly children = new Map<string, PlanStep[]>();

  constructor(readonly steps: readonly PlanStep[]) {
    for (const step of steps) {
      if (!this.byKey.has(step.key)) this.byKey.set(step.key, step);
      if (step.parent === null || step.parent === step.key) continue;
      this.children.set(step.parent, [...(this.children.get(step.parent) ?? []), step]);
    }
  }

  /** The leaves that a key stands for: itself, or everything below it. */
  leavesOf(key: string, seen = new Set<string>()): PlanStep[] {
    if (seen.has(key)) return [];
    seen.add(key);
    const below = this.children.get(key) ?? [];
    if (below.length > 0) return below.flatMap((child) => this.leavesOf(child.key, seen));
    const own = this.byKey.get(key);
    return own ? [own] : [];
  }

  /** A step and everything above it: what one of them comes after, the step comes after too. */
  lineage(step: PlanStep): PlanStep[] {
    const line = [step];
    for (let at = step.parent; at !== null && line.length <= this.steps.length;) {
      const above = this.byKey.get(at);
      if (!above) break;
      line.push(above);
      at = above.parent;
    }
    return line;
  }
}

interface Sorted {
  readonly order: PlanStep[];
  /** Leaves that wait for each other; empty in a plan that can be carried out. */
  readonly stuck: PlanStep[];
}

const sort = ({ steps }: Steps): Sorted => {
  const tree = new Tree(steps);
  // an alternative is left out, and with it everything below it
  const leaves = steps.filter((step) => step.leaf && tree.lineage(step).every((each) => each.alternativeOf === null));
  const carried = new Set(leaves);
  const waitsFor = new Map(
    leaves.map((leaf) => {
      const keys = new Set(tree.lineage(leaf).flatMap((each) => each.after));
      return [leaf, [...keys].flatMap((key) => tree.leavesOf(key)).filter((each) => carried.has(each))];
    }),
  );
  const order = new Set<PlanStep>();
  let open = leaves;
  for (let next: PlanStep | undefined; open.length > 0; open = open.filter((leaf) => leaf !== next)) {
    next = open.find((leaf) => waitsFor.get(leaf)?.every((each) => order.has(each)));
    if (!next) break;
    order.add(next);
  }
  return { order: [...order], stuck: open };
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

/** For each leaf that is carried out, the leaves that the plan names as coming before it; document order holds besides. */
export const comesAfter = ({ steps }: Steps): ReadonlyMap<string, ReadonlySet<string>> => {
  const tree = new Tree(steps);
  const before = (leaf: PlanStep): Set<string> =>
    new Set(
      tree
        .lineage(leaf)
        .flatMap((each) => each.after)
        .flatMap((key) => tree.leavesOf(key))
        .map(({ key }) => key),
    );
  return new Map(steps.filter(({ leaf }) => leaf).map((leaf) => [leaf.key, before(leaf)]));
};
