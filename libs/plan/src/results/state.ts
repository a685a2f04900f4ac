import { code, inline } from './escape';
import type { ResultsFacts } from './facts';
import { blocks, bullets } from './parts';
import { allSteps, runWord, stepMarks, stepName } from './words';

const isDone = (status: string): boolean => status === 'completed' || status === 'skipped';

function section({ plan, run, steps }: ResultsFacts, results: string): string {
  const leaves = allSteps(steps).filter(({ children }) => children.length === 0);
  const done = leaves.filter(({ status }) => isDone(status)).length;
  const next = leaves.find(({ status }) => !isDone(status));
  return blocks(
    `## ${inline(plan.title)}`,
    bullets([
      `**Status**: ${runWord(run.status)}, ${done} of ${leaves.length} steps`,
      `**Next**: ${next ? inline(`${stepName(next.key)}: ${next.title}`) : 'nothing, every step is done'}`,
      `**Branch**: ${code(run.branch)}`,
      `**Results**: ${code(results)}`,
    ]),
    bullets(leaves.map(({ key, title, status }) => `${stepMarks[status]} ${inline(`${stepName(key)}: ${title}`)}`)),
  );
}

/**
 * The state file of a project with the run's section written anew between two comments of Lockstep's; everything else in it stays, byte
 * for byte. `existing` is the file as it is, null when there is none; `results` the path of the results document.
 */
export function renderProjectState(
  existing: string | null,
  facts: ResultsFacts,
  { slug, results }: StatePlace,
): string {
  const name = slug.replace(/[^\w.]+/g, '-');
  const [open, close] = [`<!-- lockstep:${name} -->`, `<!-- /lockstep:${name} -->`];
  const written = `${open}\n${section(facts, results)}\n${close}`;
  const text = existing ?? '# Project State\n';
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from >= 0 && to > from) return text.slice(0, from) + written + text.slice(to + close.length);
  const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${written}\n`;
}

export interface StatePlace {
  /** The plan's: one file may hold the sections of several plans. */
  readonly slug: string;
  /** Path of the results document. */
  readonly results: string;
}
