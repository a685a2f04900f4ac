import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const blockBytes = 512;

/** What a folder takes on its disk, in bytes. What comes or goes meanwhile may be in it or not; links are not followed. */
export const folderBytes = async (path: string): Promise<number> => {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) return 0;
  let bytes = status.blocks * blockBytes;
  if (!status.isDirectory()) return bytes;
  // One after the other: a measurement must not take the disk from those who work on it.
  for (const name of await readdir(path).catch(() => [])) bytes += await folderBytes(join(path, name));
  return bytes;
};
