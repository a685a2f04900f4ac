import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Git } from '../git/git';
import type { BytePath } from '../objects/paths';
import type { TreeEntry } from '../objects/tree';
import { errorCode, Folder } from './folder';

const batchSize = 500;

/** Reads `cat-file --batch`: a line of header, the content, a line feed, for each object asked for. */
const parseBatch = (output: Buffer): Buffer[] => {
  const contents: Buffer[] = [];
  for (let at = 0; at < output.length;) {
    const lineEnd = output.indexOf(0x0a, at);
    const size = Number(output.toString('latin1', at, lineEnd).split(' ')[2]);
    if (!Number.isInteger(size)) throw new Error(`cat-file answered: ${output.toString('latin1', at, lineEnd)}`);
    contents.push(output.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + size + 2;
  }
  return contents;
};

/** Contents of blobs, in the order asked for, without any conversion. */
export const readBlobs = async (git: Git, gitDir: string, ids: readonly string[]): Promise<Buffer[]> => {
  if (ids.length === 0) return [];
  const { stdout } = await git.run(['cat-file', '--batch'], { gitDir, input: `${ids.join('\n')}\n` });
  return parseBatch(stdout);
};

/** Gives the owner back its rights over the folders below, so that they can be removed. Follows no symbolic link. */
const unlock = (path: Buffer): void => {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined || !status.isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path, { encoding: 'buffer' }))
    unlock(Buffer.concat([path, Buffer.from('/'), name as unknown as Buffer]));
};

/** Removes whatever is there. Folders without write permission, such as a Go module cache, are no obstacle. */
export const removeTree = (path: string | Buffer): void => {
  const bytes = typeof path === 'string' ? Buffer.from(path, 'utf8') : path;
  try {
    rmSync(bytes, { recursive: true, force: true });
  } catch (error) {
    if (errorCode(error) !== 'EACCES' && errorCode(error) !== 'EPERM' && errorCode(error) !== 'ENOTEMPTY') throw error;
    unlock(bytes);
    rmSync(bytes, { recursive: true, force: true });
  }
};

/** Opens a child folder; whatever else has its name is replaced by a folder when `create` is set. */
const step = (folder: Folder, name: BytePath, create: boolean): Folder | undefined => {
  const status = folder.status(name);
  if (status?.isDirectory() !== true) {
    if (!create) return undefined;
    if (status !== undefined) unlinkSync(folder.at(name));
    mkdirSync(folder.at(name));
  }
  return folder.child(name);
};

/** Runs `work` in the folder of a path, which is reached part by part and never through a symbolic link. */
const inFolderOf = <T>(
  tree: string,
  path: BytePath,
  create: boolean,
  work: (folder: Folder, name: BytePath) => T,
): T | undefined => {
  const parts = path.split('/') as BytePath[];
  const name = parts.pop() as BytePath;
  let folder = Folder.openRoot(tree);
  try {
    for (const part of parts) {
      const next = step(folder, part, create);
      if (next === undefined) return undefined;
      folder.close();
      folder = next;
    }
    return work(folder, name);
  } finally {
    folder.close();
  }
};

const put = (folder: Folder, name: BytePath, mode: TreeEntry['mode'], content: Buffer): void => {
  const draft = folder.at(`.lockstep-${process.pid}-${process.hrtime.bigint()}`);
  if (mode === '120000') symlinkSync(content, draft);
  else writeFileSync(draft, content, { mode: mode === '100755' ? 0o777 : 0o666, flag: 'wx' });
  if (folder.status(name)?.isDirectory() === true) removeTree(folder.at(name));
  renameSync(draft, folder.at(name));
};

/** Puts one file or symbolic link into a working tree. What is in the way is replaced. */
export const writeEntry = (tree: string, path: BytePath, mode: TreeEntry['mode'], content: Buffer): void => {
  inFolderOf(tree, path, true, (folder, name) => {
    if (mode === '160000') step(folder, name, true)?.close();
    else put(folder, name, mode, content);
  });
};

const removeEmptyFolders = (tree: string, path: BytePath): void => {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
    const folder = path.slice(0, cut) as BytePath;
    try {
      inFolderOf(tree, folder, false, (parent, name) => rmdirSync(parent.at(name)));
    } catch {
      return;
    }
  }
};

/** Takes one file or symbolic link out of a working tree, with the folders that it leaves empty. */
export const removeEntry = (tree: string, path: BytePath): void => {
  inFolderOf(tree, path, false, (folder, name) => {
    const status = folder.status(name);
    if (status !== undefined && !status.isDirectory()) unlinkSync(folder.at(name));
  });
  removeEmptyFolders(tree, path);
};

export interface WriteRequest {
  readonly git: Git;
  readonly gitDir: string;
  readonly tree: string;
}

/** Writes these entries into a working tree: contents by `cat-file`, files by ourselves. No checkout, so no filter and no hook. */
export const writeEntries = async (
  { git, gitDir, tree }: WriteRequest,
  entries: readonly (readonly [BytePath, TreeEntry])[],
): Promise<void> => {
  for (let at = 0; at < entries.length; at += batchSize) {
    const batch = entries.slice(at, at + batchSize);
    const blobs = batch.filter(([, entry]) => entry.mode !== '160000');
    const contents = await readBlobs(
      git,
      gitDir,
      blobs.map(([, entry]) => entry.sha),
    );
    blobs.forEach(([path, entry], index) => writeEntry(tree, path, entry.mode, contents[index] ?? Buffer.alloc(0)));
    for (const [path, entry] of batch) if (entry.mode === '160000') writeEntry(tree, path, entry.mode, Buffer.alloc(0));
  }
};
