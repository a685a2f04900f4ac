import type { PlanDocument, PlanStep } from '@lockstep/contracts';
import type { ChangedPath } from '@lockstep/gate';
import type { StepRow } from '@lockstep/database';
import { matchesPath } from '@lockstep/gate';
import { isSameStep } from '@lockstep/plan';
import type { Capture, Workspace } from '@lockstep/workspace';
import { documentPaths } from '../results/documents';
import type { RunContext } from '../run/run-context';

export interface LaterRound {
  readonly row: StepRow;
  readonly planned: PlanStep;
  readonly workspace: Workspace;
  readonly capture: Capture;
}

/**
 * What the rounds before have committed of a step that an amendment opened again: it counts as changed, since it is there already and
 * need not be written twice. A step whose own text changed must have changed something that it declares in this round, too.
 */
export async function changedInEarlierRounds(
  context: RunContext,
  { row, planned, workspace, capture }: LaterRound,
): Promise<ChangedPath[]> {
  if (row.round === 1) return [];
  const intents = await context.store.db.prisma.commitIntent.findMany({
    where: { runId: context.run.id, stepKey: row.key, round: { lt: row.round } },
    orderBy: { round: 'asc' },
  });
  const last = intents.at(-1);
  if (!last) return [];
  const touched = capture.changed.some(({ path }) => planned.files.some((file) => matchesPath(file.path, path)));
  if (!touched && !(await isAsThen(context, last.message, row.key))) return [];
  const own = new Set([...documentPaths(context, row.key), ...capture.changed.map(({ path }) => path)]);
  const earlier = await Promise.all(
    intents.map(async ({ parentSha, treeSha }) =>
      (await workspace.has(treeSha)) ? workspace.filesChanged(parentSha, treeSha) : [],
    ),
  );
  const unique = new Map(earlier.flat().map((change) => [change.path, change]));
  const existing = new Set(await workspace.paths(capture.treeSha));
  return [...unique.values()].filter(({ path }) => !own.has(path) && existing.has(path));
}

/** Whether the step says what it said in the plan version that an earlier commit was made for: its message names it. */
async function isAsThen({ plan, store }: RunContext, message: string, key: string): Promise<boolean> {
  const id = /^Lockstep-Plan: (\S+)$/m.exec(message)?.[1];
  const then = id === undefined ? null : await store.db.prisma.plan.findUnique({ where: { id } });
  return then !== null && isSameStep(then.parsed as unknown as PlanDocument, plan.parsed, key);
}
