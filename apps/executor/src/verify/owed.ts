import type { ProfileOwes } from '@lockstep/contracts';
import type { StepRow } from '@lockstep/database';
import { isDocumentFile, type ChangedPath, type StepDeclaration } from '@lockstep/gate';
import type { Capture } from '@lockstep/workspace';
import { plannedStep, type RunContext } from '../run/run-context';
import { changedInEarlierRounds } from './earlier-rounds';
import type { GateRun } from './gate-step';
import { closedParents } from './step-commands';

/** What has to be there at the end of a step, and what counts as changed by it. */
export interface Owed {
  readonly step: StepDeclaration;
  readonly changed: readonly ChangedPath[];
}

/** A part that the agent split off declares nothing of its own. */
const nothing: StepDeclaration = {
  kind: 'implement',
  declares: { code: false, tests: false, documents: false },
  files: [],
};

/**
 * A step owes what the plan says of it. A step that the agent split owes it with its last part: what its other parts have committed
 * counts as changed then.
 */
export async function owedBy(context: RunContext, { row, rows, workspace }: GateRun, capture: Capture): Promise<Owed> {
  const planned = plannedStep(context.plan, row.key);
  if (planned) {
    const earlier = await changedInEarlierRounds(context, { row, planned, workspace, capture });
    return { step: planned, changed: [...capture.changed, ...earlier] };
  }
  const split = closedParents(row, rows).find(({ key }) => plannedStep(context.plan, key)?.leaf);
  const whole = split && plannedStep(context.plan, split.key);
  if (!split || !whole) return { step: nothing, changed: capture.changed };
  const since = await workspace.filesChanged(lastCommitBefore(split, rows) ?? workspace.baseSha, capture.treeSha);
  const own = new Set([context.plan.resultsPath, ...capture.changed.map(({ path }) => path)]);
  return { step: whole, changed: [...capture.changed, ...since.filter(({ path }) => !own.has(path))] };
}

/** The part of a declaration that the profile has a step of its kind owe. */
export function owing(step: StepDeclaration, owes: ProfileOwes): StepDeclaration {
  const owed = owes[step.kind];
  const isOwed = ({ path, test }: StepDeclaration['files'][number]): boolean =>
    owed.includes(test ? 'tests' : isDocumentFile(path) ? 'documents' : 'code');
  const { code, tests, documents } = step.declares;
  return {
    kind: step.kind,
    files: step.files.filter(isOwed),
    declares: {
      code: code && owed.includes('code'),
      tests: tests && owed.includes('tests'),
      documents: documents && owed.includes('documents'),
    },
  };
}

/** Where the split step began: after the newest commit of the steps that stand before it. */
function lastCommitBefore({ position }: StepRow, rows: readonly StepRow[]): string | null {
  const earlier = rows.filter((row) => row.position < position && row.commit_sha !== null);
  return earlier.sort((a, b) => a.position - b.position).at(-1)?.commit_sha ?? null;
}
