import { criteria, Fault, type Criterion } from '@lockstep/contracts';
import type { Database, Transaction } from './connection';
import { storable, storableText } from './events';

/** Characters of a diff that are kept; what comes after is cut, with a last line that says so. */
export const maxDiffLength = 2_000_000;

export interface KeptResults {
  readonly text: string;
  /** The items that the text shows, with their states. */
  readonly criteria: readonly Criterion[];
}

/** Keeps the newest text of the run's results document, and the criteria in it. */
export const keepResults = async (tx: Transaction, runId: string, { text, criteria }: KeptResults): Promise<void> => {
  await tx.query('keep-results', [runId, storableText(text), JSON.stringify(storable(criteria))]);
};

/** Keeps the newest diff of the run, from its base to its head. */
export const keepDiff = async (tx: Transaction, runId: string, diff: string): Promise<void> => {
  await tx.query('keep-diff', [runId, storableText(cut(diff))]);
};

const cut = (diff: string): string =>
  diff.length <= maxDiffLength
    ? diff
    : `${diff.slice(0, maxDiffLength)}\n# Cut here: the diff has ${diff.length} characters. Read the rest in the branch.\n`;

/** The newest results document, as Markdown; `not_found` before the first step is completed and for another team's run. */
export async function findResults(db: Database, teamId: string, runId: string): Promise<string> {
  const row = await db.prisma.runDocument.findFirst({ where: { teamId, runId }, select: { results: true } });
  return row?.results ?? missing('results document', runId);
}

/** Each success criterion and checklist item with its state; none before the first step is completed. */
export async function listCriteria(db: Database, teamId: string, runId: string): Promise<Criterion[]> {
  const [row] = await db.query<{ criteria: unknown }>('list-criteria', [teamId, runId]);
  return criteria.parse(row?.criteria ?? []);
}

/** The newest diff, as git prints one; `not_found` before the first step is completed and for another team's run. */
export async function findDiff(db: Database, teamId: string, runId: string): Promise<string> {
  const row = await db.prisma.runDocument.findFirst({ where: { teamId, runId }, select: { diff: true } });
  return row?.diff ?? missing('diff', runId);
}

function missing(what: string, runId: string): never {
  throw new Fault(
    'not_found',
    `The run ${runId} has no ${what} yet. It appears with the first completed step; see GET /v1/runs/${runId}/steps.`,
  );
}
