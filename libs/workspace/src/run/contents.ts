import { checkSha } from '../git/names';
import { fromText, toText } from '../objects/paths';
import type { RunContext } from './context';

/** Every path of a tree or commit, folders left out. */
export const listPaths = async ({ reader }: RunContext, treeish: string): Promise<string[]> =>
  [...(await reader.entriesOf(checkSha(treeish))).keys()].map(toText);

const maxTextBytes = 1024 * 1024;

/** A file of a tree or commit as text, cut after 1 MiB; null when there is none at that path. */
export const readText = async (
  { git, layout, reader }: RunContext,
  treeish: string,
  path: string,
): Promise<string | null> => {
  const entry = (await reader.entriesOf(checkSha(treeish))).get(fromText(path));
  if (entry === undefined || entry.mode === '160000') return null;
  const own = reader.place.store.read(entry.sha);
  if (own !== null) return own.content.subarray(0, maxTextBytes).toString('utf8');
  const args = ['cat-file', 'blob', entry.sha];
  const { stdout } = await git.run(args, { gitDir: layout.repository, maxBytes: maxTextBytes });
  return stdout.subarray(0, maxTextBytes).toString('utf8');
};

/** Where symbolic links of a tree or commit lead, of these paths. */
export const readLinks = async (
  context: RunContext,
  treeish: string,
  paths: readonly string[],
): Promise<Map<string, string>> => {
  const entries = await context.reader.entriesOf(checkSha(treeish));
  const links = paths.filter((path) => entries.get(fromText(path))?.mode === '120000');
  const read = links.map(async (path) => [path, (await readText(context, treeish, path)) ?? ''] as const);
  return new Map(await Promise.all(read));
};

/** Whether this disk has the object with everything that it names. */
export const hasWhole = async ({ git, layout }: RunContext, sha: string): Promise<boolean> => {
  const args = ['rev-list', '--objects', '--quiet', checkSha(sha), '--'];
  const { exitCode } = await git.run(args, { gitDir: layout.repository, expectExit: [1, 128] });
  return exitCode === 0;
};
