import { Fault } from '@lockstep/contracts';
import { compareEntries, type EntryChange, type TreeEntries } from '../objects/tree';
import type { TreeReader } from './capture';
import { removeEntry, writeEntries } from './writer';

const passes = 3;

/** The trees whose paths are tracked besides the one that is compared with: HEAD's, and where the branch was before. */
type Tracking = readonly string[];

const trackedPaths = async (reader: TreeReader, tracking: Tracking, target: TreeEntries): Promise<TreeEntries> => {
  const tracked = new Map(target);
  for (const treeish of tracking) {
    for (const [path, entry] of await reader.entriesOf(treeish)) if (!tracked.has(path)) tracked.set(path, entry);
  }
  return tracked;
};

/**
 * What differs between a tree of ours and the working tree. Paths of that tree count even if they are ignored, so that a
 * document of ours in an ignored folder is not taken for a deleted one.
 */
export const changesSince = async (reader: TreeReader, tracking: Tracking, treeSha: string): Promise<EntryChange[]> => {
  const target = await reader.entriesOf(treeSha);
  const { entries } = await reader.read(await trackedPaths(reader, tracking, target));
  return compareEntries(target, entries);
};

const pass = async (reader: TreeReader, changes: readonly EntryChange[], target: TreeEntries): Promise<void> => {
  const { place } = reader;
  for (const { path, status } of changes) if (status === 'added') removeEntry(place.tree, path);
  const wanted = changes.flatMap(({ path, status }) => {
    const entry = target.get(path);
    return status === 'added' || entry === undefined ? [] : [[path, entry] as const];
  });
  await writeEntries(place, wanted);
};

/**
 * Puts the working tree back to a tree of ours. Files that appeared are removed unless they are ignored; nested repositories
 * stay unless they are in the way. More than one pass, since a `.gitignore` that is put back may uncover what it hid.
 */
export const restoreTree = async (reader: TreeReader, tracking: Tracking, treeSha: string): Promise<void> => {
  const target = await reader.entriesOf(treeSha);
  for (let left = passes; left > 0; left -= 1) {
    const changes = await changesSince(reader, tracking, treeSha);
    if (changes.length === 0) return;
    await pass(reader, changes, target);
  }
  const rest = await changesSince(reader, tracking, treeSha);
  if (rest.length > 0) {
    throw new Fault(
      'git_failed',
      `The working tree ${reader.place.tree} cannot be put back to ${treeSha}: ${rest.length} paths still differ. End what writes to it, then try again.`,
    );
  }
};
