import {
  databaseTime,
  keepDiff,
  keepIntent,
  keepResults,
  keepSnapshot,
  readVerifications,
  type CommitIntent,
  type VerificationRow,
} from '@lockstep/database';
import { verificationDigest } from '@lockstep/gate';
import type { PersonsWord, ResultsFacts } from '@lockstep/plan';
import { failpoint } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import type { RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { countsOf, readResultsFacts, verificationFacts, type JudgedFacts } from '../results/read-facts';
import { writeDocuments } from '../results/documents';
import { renderRunResults } from '../results/render';
import { closingMessage, lockstepAuthor } from '../verify/commit-message';
import type { Attestation } from './attested';
import type { Checked } from './clean-room';

export interface Finished extends Checked {
  /** Who had it completed as it is; null where the clean room's checks passed. */
  readonly attested: Attestation | null;
  /** What people said of single items of the criteria. */
  readonly words: ReadonlyMap<string, PersonsWord>;
}

/** All that is known of a run whose steps are done and whose final validation has been made. */
export interface Closing extends Finished {
  readonly facts: JudgedFacts;
  readonly final: readonly VerificationRow[];
}

export async function readClosing(context: RunContext, workspace: Workspace, finished: Finished): Promise<Closing> {
  const { head, treeSha, attested, words } = finished;
  const final = await finalRows(context, treeSha);
  const paths = new Set(await workspace.paths(head));
  const proof = { ran: final, digest: digestOf(final), paths, words, attested };
  const facts = await readResultsFacts(context, { head, final: verdictOf(final, { head, attested }), proof });
  return { ...finished, facts, final };
}

/** While a person is asked about open items the results show what is proved already. */
export function keepOpenResults({ run }: RunContext, { facts }: Closing): NonNullable<RunEnd['within']> {
  const waiting = { status: 'blocked' as const, waitReason: 'question' as const, completedAt: null };
  const text = renderRunResults({ ...facts, run: { ...facts.run, ...waiting } });
  return (tx) => keepResults(tx, run.id, { text, criteria: facts.judged });
}

/** Makes the closing commit; gives what belongs into the transaction that ends the stage, so that there is never a second one. */
export async function commitClosing(
  context: RunContext,
  workspace: Workspace,
  closing: Closing,
): Promise<NonNullable<RunEnd['within']>> {
  const { head, facts } = closing;
  const { intent, results } = await closingIntent(context, workspace, closing);
  await context.store.write((tx) => keepIntent(tx, intent));
  await failpoint('executor.closing.intent-kept');
  const author = lockstepAuthor;
  const date = intent.committedAt;
  const sha = await workspace.commit({ ...intent, parent: head, author, date });
  await workspace.advance({ from: head, to: sha });
  await failpoint('executor.closing.advanced');
  const { store, run } = context;
  const [bundle, { text }] = await Promise.all([
    workspace
      .snapshot({ since: head, author, date, work: false })
      .then(({ bundle: bytes }) => bytes && store.blobs.put(run.id, bytes)),
    workspace.diff(workspace.baseSha, sha),
  ]);
  return async (tx) => {
    const commits = { fromSha: head, headSha: sha, bundle };
    await keepSnapshot(tx, context.run.id, { kind: 'step', ...commits, wipSha: null, wipBundle: null });
    await keepResults(tx, context.run.id, { text: results, criteria: facts.judged });
    await keepDiff(tx, context.run.id, text);
  };
}

/** The clean room's last run of each command on this very tree. */
async function finalRows({ store, run }: RunContext, treeSha: string): Promise<VerificationRow[]> {
  const kept = await readVerifications(store.db, { runId: run.id, purpose: 'final', stepKey: null, treeSha });
  return [...new Map(kept.map((row) => [row.command, row])).values()];
}

const verdictOf = (
  final: readonly VerificationRow[],
  { head, attested }: Pick<Finished, 'head' | 'attested'>,
): NonNullable<ResultsFacts['finalValidation']> => ({
  state: attested ? 'failed' : 'passed',
  attested,
  at: final.at(-1)?.createdAt.toISOString() ?? null,
  commit: head,
  verifications: final.map(verificationFacts),
});

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
      items: facts.judged.flatMap(({ evidence }) => (evidence.state === 'attested' ? [evidence.by] : [])),
      verification: digestOf(final),
    }),
    facts: { results },
  };
  return { intent, results };
}

const digestOf = (rows: readonly VerificationRow[]): string =>
  verificationDigest(rows.map((row) => ({ ...row, tests: countsOf(row) })));
