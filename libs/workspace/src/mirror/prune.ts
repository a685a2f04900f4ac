import { existsSync } from 'node:fs';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@lockstep/contracts';
import { removeInSlices } from '../tree/removal';
import { withLock } from './lock';

/** A mirror as a pruner sees it. */
export interface MirrorFolder {
  readonly name: string;
  readonly directory: string;
  /** When a run last asked for it. */
  readonly usedAt: Date;
  /** A workspace on this disk borrows its objects: without it, nothing of that workspace can be read. */
  readonly isLent: boolean;
}

const folderOf = (root: string): string => join(root, 'mirrors');

/** The mirrors on this disk. */
export const listMirrors = async (root: string): Promise<MirrorFolder[]> => {
  const names = (await readdir(folderOf(root)).catch(() => [])).filter((name) => /^[^.].*\.git$/.test(name));
  const lent = await borrowedFrom(root);
  return Promise.all(
    names.map(async (name) => {
      const directory = join(folderOf(root), name);
      return { name, directory, usedAt: (await stat(directory)).mtime, isLent: lent.has(directory) };
    }),
  );
};

/** Whose objects the workspaces of this disk borrow. */
const borrowedFrom = async (root: string): Promise<ReadonlySet<string>> => {
  const runs = await readdir(join(root, 'runs')).catch(() => []);
  const files = runs.map((run) => join(root, 'runs', run, 'repo.git', 'objects', 'info', 'alternates'));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const lines = texts.flatMap((text) => text.split('\n')).filter(Boolean);
  return new Set(lines.map((line) => line.replace(/\/objects$/, '')));
};

/**
 * Removes a mirror that nobody has used since it was listed and no workspace borrows from; false when it stays. The lock is the one that
 * a fetch takes, and using a mirror leaves its mark under it: who got the mirror before is seen here, and who comes after makes it anew.
 */
export const removeMirror = async (root: string, { name, directory, usedAt }: MirrorFolder): Promise<boolean> => {
  try {
    return await withLock(`${directory}.lock`, 0, async () => {
      if (!existsSync(directory) || (await stat(directory)).mtime > usedAt) return false;
      if ((await borrowedFrom(root)).has(directory)) return false;
      const aside = join(folderOf(root), `.removed-${name}-${process.hrtime.bigint()}`);
      await rename(directory, aside);
      await removeInSlices(aside);
      return true;
    });
  } catch (error) {
    // Somebody fetches: it is in use.
    if (isFault(error, 'repository_unreachable')) return false;
    throw error;
  }
};
