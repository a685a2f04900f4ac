import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lockstep/contracts';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const lock = async (file: string) => {
  try {
    return await open(file, 'wx');
  } catch (error) {
    throw new Fault(
      'git_failed',
      `The ref cannot be moved while ${file} is there (${String(error)}). A git process that was killed may have left it; it is removed when the workspace is opened anew.`,
      [],
      { cause: error },
    );
  }
};

/**
 * Moves a ref of a repository of ours by compare-and-swap, the way git itself keeps loose refs: a lock file that only one can make, the
 * comparison under it, a rename. Says whether the ref was at `from`. Our repositories hold no packed refs (see `createBare`).
 */
export const swapRef = async (gitDir: string, ref: string, move: { from: string; to: string }): Promise<boolean> => {
  const file = join(gitDir, ref);
  const held = await lock(`${file}.lock`);
  let moved = false;
  try {
    const now = await readFile(file, 'utf8').catch((error: unknown) => (isMissing(error) ? '' : Promise.reject(error)));
    if (now.trim() !== move.from) return false;
    await held.writeFile(`${move.to}\n`);
    await rename(`${file}.lock`, file);
    return (moved = true);
  } finally {
    await held.close();
    if (!moved) await rm(`${file}.lock`, { force: true });
  }
};
