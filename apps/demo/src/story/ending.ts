import type { Plan } from '@lockstep/contracts';
import { git } from '../shop/repository';
import type { Outcome } from './check';

export interface Ending extends Outcome {
  readonly plan: Plan;
  readonly repository: string;
  readonly resultsPath: string;
}

export const resultsPathOf = ({ slug }: Plan): string => `docs/${slug}-results.md`;

/** What was made, where it is, and how to look further. */
export async function endingText({ run, repository, resultsPath, results, steps }: Ending): Promise<string> {
  const log = await git(
    repository,
    'log',
    '--reverse',
    '--format=  %h %<(42,trunc)%s %(trailers:key=Lockstep-Step,key=Lockstep-Attempt,separator=%x20%x20)',
    `main..${run.branch}`,
  );
  const attempts = steps.reduce((sum, step) => sum + step.attempts.length, 0);
  return [
    '',
    `Commits on ${run.branch}, each a tree that the gate has verified (${attempts} attempts):`,
    log,
    '',
    `Results document, ${resultsPath}:`,
    ...excerpt(results).map((line) => `  ${line}`),
    '',
    'Look further:',
    `  cd ${repository}`,
    `  git log --stat ${run.branch}`,
    `  git show ${run.branch}:${resultsPath}`,
    `  git checkout ${run.branch} && node --test`,
    'Your own plan:',
    '  npx --no lockstep dev',
    '  npx --no lockstep run PLAN.md --repo PATH',
    '',
  ].join('\n');
}

/** The overview of the steps, and the final verdict. */
function excerpt(results: string): string[] {
  const lines = results.split('\n');
  const from = lines.findIndex((line) => line.startsWith('## Implementation Progress'));
  const table = lines.slice(from).filter((line) => line.startsWith('|'));
  const total = lines.find((line) => line.startsWith('**Total**'));
  const end = table.findIndex((line) => /^\|.*Question or decision/.test(line));
  return [...table.slice(0, end < 0 ? 12 : Math.min(end, 12)), ...(total ? ['', total] : [])];
}
