import { databaseTime, type RunMove, type StepRow } from '@lockstep/database';
import { completedLeaves, leafCount } from '@lockstep/domain';
import type { Workspace } from '@lockstep/workspace';
import { blockedBy, firstLine, tryAgain, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { statesOf } from '../step/step-states';
import { describeFailure } from '../verify/command-runner';
import { attestationOf, commitLine, completeAsItIs } from './attested';
import { hasPassed, validateInCleanRoom, type FinalFailure } from './clean-room';
import { commitClosing, keepOpenResults, readClosing } from './closing-commit';
import { askAboutItems, wordsFor } from './open-items';

/**
 * The clean room's check, what only a person can say of the success criteria, the closing commit, and the way to stage 4. A check that does
 * not pass is a question; where its answer is that the commit is delivered as it is, the closing commit and the results say on whose word.
 */
export async function finishRun(context: RunContext, workspace: Workspace, rows: readonly StepRow[]): Promise<RunEnd> {
  const head = await workspace.head();
  const checked = { head, treeSha: (await workspace.log()).at(-1)?.treeSha ?? head };
  const attested = await attestationOf(context, head);
  const words = await wordsFor(context, head);
  const isKnown = attested !== null || (words.wereAsked && (await hasPassed(context, rows, checked)));
  const failed = isKnown ? null : await validateInCleanRoom(context, workspace, rows, checked);
  if (failed) return askAboutFinal(failed, head);
  const closing = await readClosing(context, workspace, { ...checked, attested, words: words.given });
  const open = closing.facts.judged.filter(({ evidence }) => evidence.state === 'unproven');
  if (open.length > 0) return { ...askAboutItems(open, head, words), within: keepOpenResults(context, closing) };
  const within = await commitClosing(context, workspace, closing);
  return delivered(await summaryOf(context, rows), within);
}

function delivered(summary: NonNullable<RunMove['summary']>, within: NonNullable<RunEnd['within']>): RunEnd {
  const stages = { from: { number: 3, name: 'implementation' as const }, to: { number: 4, name: 'delivery' as const } };
  return {
    to: 'queued',
    action: 'stage4_queued',
    waitReason: 'slot',
    stage: 'delivery',
    summary,
    events: [{ type: 'stage.changed', data: stages }],
    within,
  };
}

const askAboutFinal = ({ result, items }: FinalFailure, head: string): RunEnd => {
  const shows = items.map((item) => `"${item}"`).join(', ');
  const text = [
    `The final validation, in a fresh checkout of the branch, does not pass; every step did. Look for what is missing from the commits: something that only the agent's workspace has. Mend what it needs and answer "${tryAgain}"; or answer "${completeAsItIs}", and the branch is delivered on your word: its results name you and what did not pass.`,
    commitLine(head),
    ...(shows === ''
      ? []
      : [`By the plan, the command shows this of the success criteria and the checklist: ${shows}.`]),
    describeFailure(result),
  ].join('\n\n');
  const question = { stepKey: null, attempt: null, text, options: [tryAgain, completeAsItIs] };
  return { ...blockedBy([question], firstLine(text)), attempt: 'infra_error' };
};

export async function summaryOf(
  { store, run }: RunContext,
  rows: readonly StepRow[],
): Promise<NonNullable<RunMove['summary']>> {
  const row = await store.db.prisma.run.findUniqueOrThrow({
    where: { id: run.id },
    select: { costUsd: true, costPartial: true, startedAt: true },
  });
  const now = await databaseTime(store.db);
  const states = statesOf(rows);
  return {
    steps: leafCount(states),
    completed: completedLeaves(states),
    filesModified: [...new Set(rows.flatMap(({ files_modified }) => files_modified))].sort(),
    costUsd: row.costUsd === null ? null : Number(row.costUsd),
    costIsPartial: row.costPartial,
    durationMs: row.startedAt === null ? 0 : Math.max(0, now.getTime() - row.startedAt.getTime()),
  };
}
