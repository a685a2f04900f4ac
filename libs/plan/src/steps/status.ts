import type { PlanStepStatus, PlanTask } from '@lockstep/contracts';

const words: readonly (readonly [PlanStepStatus, RegExp])[] = [
  ['completed', /✅|✔|☑|\b(?:complete[d]?|done|finished)\b/i],
  ['in_progress', /🔄|🚧|\bin[ _-]progress\b|\bwip\b/i],
  ['blocked', /⛔|🚫|\bblocked\b/i],
  ['needs_review', /⚠|\bneeds[ _-]review\b/i],
  ['skipped', /⏭|\bskipped\b/i],
  ['pending', /⏳|\b(?:pending|to ?do|not started|open)\b/i],
];

/** What a status label says; without one, boxes that are all ticked say completed. Null when nothing says anything. */
export const statusIn = (text: string | null, tasks: readonly PlanTask[]): PlanStepStatus | null => {
  if (text !== null && !/\bnot (?:complete|done|finished)/i.test(text)) {
    const found = words.find(([, pattern]) => pattern.test(text));
    if (found) return found[0];
  }
  return tasks.length > 0 && tasks.every((task) => task.done) ? 'completed' : null;
};

/** A mark before or behind a heading's words. */
export const markOf = (heading: string): PlanStepStatus | null => {
  const at =
    /^\s*(?:\w+\s+)?(?:[\w.]+\s*)?(?:\[[xX]\]|✅|✔️?|☑️?)|(?:✅|✔️?|☑️?|\[(?:done|completed?)\]|\((?:done|completed?)\))\s*$/iu.exec(
      heading,
    );
  if (at) return 'completed';
  if (/^\s*(?:⏳|🔄|🚧)|(?:⏳|🔄|🚧)\s*$/u.test(heading)) return 'pending';
  return null;
};

/** An attribute's value; null when it is none of the states. */
export const namedStatus = (value: string): PlanStepStatus | null => {
  const wanted = value
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  const alias = wanted === 'complete' || wanted === 'done' ? 'completed' : wanted;
  return words.find(([status]) => status === alias)?.[0] ?? null;
};
