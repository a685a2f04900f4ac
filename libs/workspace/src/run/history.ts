import { Fault } from '@lockstep/contracts';
import { checkSha } from '../git/names';
import { fromText, toText } from '../objects/paths';
import type { ChangeStatus, TreeChange } from '../objects/tree';
import { removeEntry, writeEntries, writeEntry } from '../tree/writer';
import { branchRef, headOf, type Person, type RunContext } from './context';
import { swapRef } from './ref';

export interface CommitIntent {
  readonly treeSha: string;
  readonly parent: string;
  /** Subject, body and trailers. A final line feed is added where it is missing. */
  readonly message: string;
  readonly author: Person;
  /** Both dates of the commit, to the second, in UTC. */
  readonly date: Date;
}

export interface LogEntry {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly treeSha: string;
  readonly author: Person;
  readonly date: Date;
  readonly subject: string;
  readonly body: string;
  /** `Lockstep-Step` → `step-1`. The last one counts where a trailer stands twice. */
  readonly trailers: Readonly<Record<string, string>>;
}

export interface DiffText {
  readonly text: string;
  /** There is more than `maxBytes`. */
  readonly cut: boolean;
}

const personLine = ({ name, email }: Person, date: Date): string => {
  const clean = (text: string): string => text.replace(/[\x00-\x1f<>]/g, '').trim();
  return `${clean(name)} <${clean(email)}> ${Math.floor(date.getTime() / 1000)} +0000`;
};

/** A commit object's bytes. The same intent always gives the same bytes, hence the same hash. */
export const commitText = ({ treeSha, parent, message, author, date }: CommitIntent): string => {
  const person = personLine(author, date);
  const body = message.replaceAll('\0', '');
  return (
    [
      `tree ${checkSha(treeSha)}`,
      `parent ${checkSha(parent)}`,
      `author ${person}`,
      `committer ${person}`,
      '',
      body,
    ].join('\n') + (body.endsWith('\n') ? '' : '\n')
  );
};

/** Stores the commit of an intent and gives its hash. Moves no ref: see `advance`. Doing it again gives the same hash. */
export const storeCommit = ({ reader }: RunContext, intent: CommitIntent): string => {
  const sha = reader.place.store.write('commit', Buffer.from(commitText(intent), 'utf8'));
  reader.alias(sha, intent.treeSha);
  return sha;
};

/**
 * Moves the run's branch, if it is where the caller thinks it is. Being there already is success: the move was made before.
 * @throws Fault branch_diverged
 */
export const advanceBranch = async (context: RunContext, move: { from: string; to: string }): Promise<void> => {
  const { layout, branch } = context;
  const moved = await swapRef(layout.repository, branchRef(branch), {
    from: checkSha(move.from),
    to: checkSha(move.to),
  });
  if (moved) return;
  const head = await headOf(context);
  if (head === move.to) return;
  throw new Fault(
    'branch_diverged',
    `The run's branch ${branch} is at ${head}, not at ${move.from}. Another executor moved it; take the run anew.`,
  );
};

/**
 * A tree with a document of ours put in, which is written to the working tree as well. Works under ignored folders.
 * @throws Fault git_failed for a path that leads outside.
 */
export const addDocument = async (
  { reader }: RunContext,
  treeSha: string,
  document: { path: string; content: string },
): Promise<string> => {
  if (
    !/^(?!\.{1,2}(\/|$))[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/.test(document.path) ||
    /(^|\/)\.git(\/|$)/i.test(document.path)
  ) {
    throw new Fault('git_failed', `"${document.path}" is not a path inside the working tree.`);
  }
  const path = fromText(document.path);
  const content = Buffer.from(document.content, 'utf8');
  const entries = new Map(await reader.entriesOf(treeSha));
  for (const other of entries.keys())
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) entries.delete(other);
  entries.set(path, { mode: '100644', sha: reader.place.store.write('blob', content) });
  writeEntry(reader.place.tree, path, '100644', content);
  return reader.write(entries);
};

/** Puts single paths of the working tree back to what a commit has of them: its file, or nothing. */
export const putBack = async ({ reader }: RunContext, treeish: string, paths: readonly string[]): Promise<void> => {
  const { place } = reader;
  const entries = await reader.entriesOf(treeish);
  const wanted = paths.map((path) => [fromText(path), entries.get(fromText(path))] as const);
  for (const [path, entry] of wanted) if (entry === undefined) removeEntry(place.tree, path);
  await writeEntries(
    place,
    wanted.flatMap(([path, entry]) => (entry === undefined ? [] : [[path, entry] as const])),
  );
};

const logFormat =
  ['%H', '%P', '%T', '%an', '%ae', '%aI', '%s', '%b', '%(trailers:only=true,unfold=true)'].join('%x00') + '%x00';

const trailersOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^([^:\s]+):\s*(.*)$/.exec(line))
      .flatMap((match) => (match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']])),
  );

const logEntry = (fields: readonly string[]): LogEntry => {
  const [
    sha = '',
    parents = '',
    treeSha = '',
    name = '',
    email = '',
    date = '',
    subject = '',
    body = '',
    trailers = '',
  ] = fields;
  const author = { name, email };
  return {
    sha: sha.trim(),
    parents: parents.split(' ').filter(Boolean),
    treeSha,
    author,
    date: new Date(date),
    subject,
    body: body.trim(),
    trailers: trailersOf(trailers),
  };
};

/** Commits of the run, oldest first: after `from` (the base unless given) up to `to` (HEAD). */
export const readLog = async (context: RunContext, range: { from?: string; to?: string } = {}): Promise<LogEntry[]> => {
  const from = checkSha(range.from ?? context.baseSha);
  const to = checkSha(range.to ?? (await headOf(context)));
  const args = [
    'log',
    '--reverse',
    '--topo-order',
    '--no-show-signature',
    '--no-color',
    `--format=tformat:${logFormat}`,
    to,
    `^${from}`,
    '--',
  ];
  const fields = (await context.git.run(args, { gitDir: context.layout.repository })).stdout
    .toString('utf8')
    .split('\0');
  return Array.from({ length: Math.floor(fields.length / 9) }, (_, index) =>
    logEntry(fields.slice(index * 9, index * 9 + 9)),
  );
};

/** The difference of two commits or trees as text, at most `maxBytes` of it. */
export const readDiff = async (
  { git, layout }: RunContext,
  from: string,
  to: string,
  maxBytes: number,
): Promise<DiffText> => {
  const args = [
    'diff-tree',
    '-r',
    '-p',
    '-M',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--full-index',
    checkSha(from),
    checkSha(to),
    '--',
  ];
  const { stdout, cut } = await git.run(args, { gitDir: layout.repository, maxBytes });
  return { text: stdout.subarray(0, maxBytes).toString('utf8'), cut: cut || stdout.length > maxBytes };
};

const statusOf = (letter: string): ChangeStatus => (letter === 'A' ? 'added' : letter === 'D' ? 'deleted' : 'modified');

/** The paths that differ between two commits or trees, without guessing renames. */
export const listChanges = async ({ git, layout }: RunContext, from: string, to: string): Promise<TreeChange[]> => {
  const args = ['diff-tree', '-r', '-z', '--name-status', '--no-renames', checkSha(from), checkSha(to), '--'];
  const fields = (await git.run(args, { gitDir: layout.repository })).stdout.toString('latin1').split('\0');
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, index) => ({
    path: toText(fields[index * 2 + 1] ?? ''),
    status: statusOf(fields[index * 2] ?? ''),
  }));
};
