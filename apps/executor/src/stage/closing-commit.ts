import { databaseTime, keepDiff, keepIntent, keepResults, keepSnapshot, type CommitIntent } from '@lockstep/database';
import { verificationDigest } from '@lockstep/gate';
import type { ResultsFacts } from '@lockstep/plan';
import { failpoint } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import type { RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { countsOf, readResultsFacts, verificationFacts } from '../results/read-facts';
import { writeDocuments } from '../results/documents';
import { closingMessage, lockstepAuthor } from '../verify/commit-message';
import type { Attestation } from './attested';

type FinalRow = Awaited<ReturnType<typeof finalRows>>[number];

export interface Finished {
  /** The last step's commit. */
  readonly head: string;
  /** Who had it completed as it is; null where the clean room's checks passed. */
  readonly attested: Attestation | null;
}

/** Makes the closing commit; gives what belongs into the transaction that ends the stage, so that there is never a second one. */
export async function commitClosing(
  context: RunContext,
  workspace: Workspace,
  { head, attested }: Finished,
): Promise<NonNullable<RunEnd['within']>> {
  const final = await finalRows(context);
  const facts = await readResultsFacts(context, { head, final: verdictOf(final, { head, attested }) });
  const { intent, results } = await closingIntent(context, workspace, { head, attested, facts, final });
  await context.store.write((tx) => keepIntent(tx, intent));
  await failpoint('executor.closing.intent-kept');
  const author = lockstepAuthor;
  const date = intent.committedAt;
  const sha = await workspace.commit({ ...intent, parent: head, author, date });
  await workspace.advance({ from: head, to: sha });
  await failpoint('executor.closing.advanced');
  const [{ bundle }, { text }] = await Promise.all([
    workspace.snapshot({ since: head, author, date, work: false }),
    workspace.diff(workspace.baseSha, sha),
  ]);
  return async (tx) => {
    const commits = { fromSha: head, headSha: sha, bundle };
    await keepSnapshot(tx, context.run.id, { kind: 'step', ...commits, wipSha: null, wipBundle: null });
    await keepResults(tx, context.run.id, results);
    await keepDiff(tx, context.run.id, text);
  };
}

/** The clean room's last run of each command. */
async function finalRows({ store, run }: RunContext) {
  const kept = await store.db.prisma.verification.findMany({
    where: { runId: run.id, purpose: 'final', stepKey: null },
    orderBy: { createdAt: 'asc' },
  });
  return [...new Map(kept.map((row) => [row.command, row])).values()];
}

const verdictOf = (
  final: readonly FinalRow[],
  { head, attested }: Finished,
): NonNullable<ResultsFacts['finalValidation']> => ({
  state: attested ? 'failed' : 'passed',
  attested,
  at: final.at(-1)?.createdAt.toISOString() ?? null,
  commit: head,
  verifications: final.map(verificationFacts),
});

interface Closing extends Finished {
  readonly facts: ResultsFacts;
  readonly final: readonly FinalRow[];
}

async function closingIntent(
  context: RunContext,
  workspace: Workspace,
  { head, attested, facts, final }: Closing,
): Promise<{ intent: CommitIntent; results: string }> {
  const { run, plan } = context;
  await workspace.restoreTree(head);
  const { treeSha: before } = await workspace.capture();
  const { results, treeSha } = await writeDocuments(context, workspace, { treeSha: before, facts, step: null });
  const intent = {
    ...{
      runId: run.id,
      stepKey: '',
      round: 1,
      attempt: 0,
      parentSha: head,
      committedAt: await databaseTime(context.store.db),
    },
    treeSha,
    message: closingMessage({
      planId: plan.id,
      runId: run.id,
      title: plan.parsed.title,
      attestedBy: attested?.by ?? null,
      verification: digestOf(final),
    }),
    facts: { results },
  };
  return { intent, results };
}

const digestOf = (rows: readonly FinalRow[]): string =>
  verificationDigest(rows.map((row) => ({ ...row, tests: countsOf(row) })));
