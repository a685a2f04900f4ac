import { foldersAbove, type BytePath } from '../objects/paths';
import type { StoredObject } from '../objects/store';
import { compareEntries, parseTree, type EntryChange } from '../objects/tree';
import type { TreeReader } from '../tree/capture';

/** A commit and the one before it. */
export interface Span {
  readonly head: string;
  readonly since: string;
}

/** Beyond this git packs: it knows deltas, and doesn't hold everything in memory at once. */
const maxBytes = 8 * 1024 * 1024;

/** Collects objects that were all written by us; the first that wasn't ends it. */
class Collection {
  readonly objects: StoredObject[] = [];
  private bytes = 0;

  constructor(private readonly reader: TreeReader) {}

  take(id: string): StoredObject | null {
    const found = this.reader.place.store.read(id);
    if (found === null || (this.bytes += found.content.length) > maxBytes) return null;
    this.objects.push(found);
    return found;
  }
}

/** The trees of the folders in which something changed, from the root down, and the contents that came. */
const takeTree = (collection: Collection, id: string, folder: string, changed: Changed): boolean => {
  const tree = collection.take(id);
  if (tree === null) return false;
  for (const [name, { mode, sha }] of parseTree(tree.content)) {
    const path = (folder === '' ? name : `${folder}/${name}`) as BytePath;
    if (mode === '040000' ? !changed.folders.has(path) : !changed.files.has(path) || mode === '160000') continue;
    const taken = mode === '040000' ? takeTree(collection, sha, path, changed) : collection.take(sha) !== null;
    if (!taken) return false;
  }
  return true;
};

interface Changed {
  readonly files: ReadonlySet<BytePath>;
  readonly folders: ReadonlySet<BytePath>;
}

const changedPaths = (changes: readonly EntryChange[]): Changed => ({
  files: new Set(changes.filter(({ status }) => status !== 'deleted').map(({ path }) => path)),
  folders: new Set(changes.flatMap(({ path }) => [...foldersAbove(path)])),
});

const header = (commit: Buffer, name: 'tree' | 'parent'): string[] =>
  [...(commit.toString('latin1').split('\n\n', 1)[0] ?? '').matchAll(/^(tree|parent) ([0-9a-f]{40})$/gm)].flatMap(
    ([, key, sha]) => (key === name && sha !== undefined ? [sha] : []),
  );

/**
 * The objects that a commit of ours adds to its parent; null when git has to be asked: `since` isn't the parent, a listing isn't known,
 * or an object lies in a pack or another repository.
 */
export const newObjects = (reader: TreeReader, { head, since }: Span): StoredObject[] | null => {
  const [before, after] = [reader.known(since), reader.known(head)];
  const collection = new Collection(reader);
  const commit = collection.take(head);
  if (commit === null || before === undefined || after === undefined) return null;
  const [tree, parents] = [header(commit.content, 'tree')[0], header(commit.content, 'parent')];
  if (tree === undefined || parents.length !== 1 || parents[0] !== since) return null;
  const changes = compareEntries(before, after);
  if (changes.length === 0) return collection.objects;
  return takeTree(collection, tree, '', changedPaths(changes)) ? collection.objects : null;
};
