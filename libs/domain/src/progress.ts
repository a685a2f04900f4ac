import type { StepStatus } from '@lockstep/contracts';
import { isStepDone } from './moves';

/** What the decisions need to know of a step. `position` is its place in the order of execution. */
export interface StepState {
  readonly key: string;
  readonly parent: string | null;
  readonly position: number;
  readonly isLeaf: boolean;
  readonly status: StepStatus;
}

/** The leaf step to carry out next: the first one, in order, that isn't done. */
export function nextStep<S extends StepState>(steps: readonly S[]): S | undefined {
  return [...steps].sort((a, b) => a.position - b.position).find((step) => step.isLeaf && !isStepDone(step.status));
}

/** Parents whose leaves have all been done and that aren't marked so yet, innermost first. */
export function parentsToComplete<S extends StepState>(steps: readonly S[]): S[] {
  const done = new Map(steps.map((step) => [step.key, isStepDone(step.status)]));
  const result: S[] = [];
  for (const step of [...steps].sort((a, b) => b.position - a.position)) {
    if (step.isLeaf || done.get(step.key)) continue;
    const children = steps.filter((child) => child.parent === step.key);
    if (children.length > 0 && children.every((child) => done.get(child.key))) {
      done.set(step.key, true);
      result.push(step);
    }
  }
  return result;
}

export const completedLeaves = (steps: readonly StepState[]): number =>
  steps.filter((step) => step.isLeaf && isStepDone(step.status)).length;
export const leafCount = (steps: readonly StepState[]): number => steps.filter((step) => step.isLeaf).length;
