import { bytePath, toBuffer, type BytePath } from './paths';
import type { ObjectStore } from './store';

/** git's five kinds of entry. `160000` names a commit of another repository and has no object here. */
export type EntryMode = '100644' | '100755' | '120000' | '160000' | '040000';

export interface TreeEntry {
  readonly mode: EntryMode;
  readonly sha: string;
}

/** Everything in a tree that is not a tree: path → entry. */
export type TreeEntries = ReadonlyMap<BytePath, TreeEntry>;

export interface TreeListing {
  readonly entries: TreeEntries;
  /** Every object the listing names, trees among them. */
  readonly objects: readonly string[];
}

/** Reads `ls-tree -r -t -z`. */
export const parseListing = (output: Buffer): TreeListing => {
  const entries = new Map<BytePath, TreeEntry>();
  const objects: string[] = [];
  for (const record of output.toString('latin1').split('\0')) {
    if (record === '') continue;
    const tab = record.indexOf('\t');
    const [mode, type, sha] = record.slice(0, tab).split(' ') as [EntryMode, string, string];
    if (type !== 'commit') objects.push(sha);
    if (type !== 'tree') entries.set(bytePath(record.slice(tab + 1)), { mode, sha });
  }
  return { entries, objects };
};

/** Reads a tree object: what its folder holds, by name. */
export const parseTree = (content: Buffer): ReadonlyMap<string, TreeEntry> => {
  const children = new Map<string, TreeEntry>();
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(0x20, at);
    const end = content.indexOf(0, blank);
    const mode = content.toString('latin1', at, blank).padStart(6, '0') as EntryMode;
    const sha = content.toString('hex', end + 1, end + 21);
    children.set(content.toString('latin1', blank + 1, end), { mode, sha });
    at = end + 21;
  }
  return children;
};

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, TreeEntry>;
}

const newFolder = (): Folder => ({ folders: new Map(), files: new Map() });

const place = (root: Folder, path: BytePath, entry: TreeEntry): void => {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  let folder = root;
  for (const part of parts) {
    let next = folder.folders.get(part);
    if (next === undefined) folder.folders.set(part, (next = newFolder()));
    folder = next;
  }
  folder.files.set(name, entry);
};

/** In a tree object folders sort as if their name ended in a slash. */
const writeFolder = (store: ObjectStore, folder: Folder): string => {
  const rows: { key: string; mode: string; name: string; sha: string }[] = [];
  for (const [name, { mode, sha }] of folder.files) rows.push({ key: name, mode, name, sha });
  for (const [name, child] of folder.folders)
    rows.push({ key: `${name}/`, mode: '40000', name, sha: writeFolder(store, child) });
  rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  const parts = rows.flatMap(({ mode, name, sha }) => [toBuffer(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]);
  return store.write('tree', Buffer.concat(parts));
};

/** Stores the tree of these entries, with all its folders, and gives its id. The order of the entries does not matter. */
export const writeTree = (store: ObjectStore, entries: TreeEntries): string => {
  const root = newFolder();
  for (const [path, entry] of entries) place(root, path, entry);
  return writeFolder(store, root);
};

export type ChangeStatus = 'added' | 'modified' | 'deleted';

/** A path that differs between two trees, as people read it. */
export interface TreeChange {
  readonly path: string;
  readonly status: ChangeStatus;
}

export interface EntryChange {
  readonly path: BytePath;
  readonly status: ChangeStatus;
}

const same = (a: TreeEntry, b: TreeEntry): boolean => a.sha === b.sha && a.mode === b.mode;

/** What happened between two trees, in path order. */
export const compareEntries = (from: TreeEntries, to: TreeEntries): EntryChange[] => {
  const changes: EntryChange[] = [];
  for (const [path, entry] of to) {
    const before = from.get(path);
    if (before === undefined) changes.push({ path, status: 'added' });
    else if (!same(before, entry)) changes.push({ path, status: 'modified' });
  }
  for (const path of from.keys()) if (!to.has(path)) changes.push({ path, status: 'deleted' });
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
};
