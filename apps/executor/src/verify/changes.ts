import { calledPackageScripts, isCalledScript, needsContents, type TreeChange } from '@lockstep/gate';
import type { Capture, Workspace } from '@lockstep/workspace';

/** Each text of a commit costs a process: a step that changes a thousand files must not start as many at once. */
const readAtOnce = 16;

/** What the step changed, with the texts and links that the comparison needs. */
export async function readChanges(workspace: Workspace, { changed, treeSha }: Capture): Promise<TreeChange[]> {
  const head = await workspace.head();
  const there = changed.filter(({ status }) => status !== 'deleted').map(({ path }) => path);
  const links = await workspace.links(treeSha, there);
  const read = (at: string, path: string, missing: boolean) => (missing ? null : workspace.readText(at, path));
  const withTexts = async (change: (typeof changed)[number]): Promise<TreeChange> => {
    const link = links.get(change.path);
    const linked = link === undefined ? change : { ...change, link };
    if (!needsContents(change.path)) return linked;
    return {
      ...linked,
      before: await read(head, change.path, change.status === 'added'),
      after: await read(treeSha, change.path, change.status === 'deleted'),
    };
  };
  const all: TreeChange[] = [];
  for (let at = 0; at < changed.length; at += readAtOnce)
    all.push(...(await Promise.all(changed.slice(at, at + readAtOnce).map(withTexts))));
  return all;
}

const deepest = 3;
const mostFiles = 20;

/** Commands with the scripts of the repository that they call, and those that these call: `npm test` says no more than that. */
export async function withCalled(
  workspace: Workspace,
  treeish: string,
  commands: readonly string[],
): Promise<string[]> {
  const paths = await workspace.paths(treeish);
  const texts = new Set(commands);
  for (let depth = 0; depth < deepest; depth += 1) {
    const called = await calledBy(workspace, { treeish, paths }, [...texts]);
    const known = texts.size;
    for (const text of called) texts.add(text);
    if (texts.size === known) break;
  }
  return [...texts];
}

interface Of {
  readonly treeish: string;
  readonly paths: readonly string[];
}

async function calledBy(workspace: Workspace, { treeish, paths }: Of, texts: readonly string[]): Promise<string[]> {
  const read = (some: readonly string[]) =>
    Promise.all(some.slice(0, mostFiles).map(async (path) => (await workspace.readText(treeish, path)) ?? ''));
  const isMeant = (path: string): boolean => {
    const folder = path.slice(0, -'/package.json'.length);
    return path === 'package.json' || (path.endsWith('/package.json') && texts.some((text) => text.includes(folder)));
  };
  const manages = texts.some((text) => /\b(?:npm|pnpm|yarn|bun)\b/.test(text));
  const manifests = manages ? await read(paths.filter(isMeant)) : [];
  const scripts = await read(paths.filter((path) => isCalledScript(path, texts)));
  return [...manifests.flatMap((manifest) => calledPackageScripts(manifest, texts)), ...scripts];
}
