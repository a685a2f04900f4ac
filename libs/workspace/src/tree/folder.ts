import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { fromBuffer, toBuffer, type BytePath } from '../objects/paths';

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const hasDescriptors = existsSync('/proc/self/fd');

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/**
 * A folder held open. Its children are reached through the open descriptor (`/proc/self/fd`, as openat would), never by
 * spelling the whole path again, so that a folder which turns into a symbolic link meanwhile leads nowhere else. Where the
 * system has no /proc the path is spelled out; there nothing may run in the tree meanwhile.
 */
export class Folder {
  private constructor(
    private readonly descriptor: number,
    private readonly base: string,
  ) {}

  /** Opens a folder, which must not be a symbolic link. @throws ENOTDIR, ELOOP, ENOENT, EACCES */
  static open(path: string): Folder {
    const descriptor = openSync(toBuffer(path), directoryFlags);
    return new Folder(descriptor, hasDescriptors ? `/proc/self/fd/${descriptor}` : path);
  }

  /** A folder of ours, by an ordinary path. */
  static openRoot(path: string): Folder {
    return Folder.open(fromBuffer(Buffer.from(path, 'utf8')));
  }

  child(name: string): Folder {
    return Folder.open(this.spell(name));
  }

  /** The path to give to `fs` for a child. */
  at(name: string): Buffer {
    return toBuffer(this.spell(name));
  }

  names(): BytePath[] {
    return readdirSync(toBuffer(this.base), { encoding: 'buffer' }).map((name) => fromBuffer(name));
  }

  /** `undefined` when there is nothing of that name. */
  status(name: string): BigIntStats | undefined {
    try {
      return lstatSync(this.at(name), { bigint: true });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  link(name: string): Buffer {
    return readlinkSync(this.at(name), { encoding: 'buffer' }) as unknown as Buffer;
  }

  /**
   * Reads a regular file that is no symbolic link, up to `maxBytes` (one byte more tells that it is larger), with the file's
   * status from before and after.
   */
  read(name: string, maxBytes: number): { content: Buffer; before: BigIntStats; after: BigIntStats } {
    const file = openSync(this.at(name), fileFlags);
    try {
      const before = fstatSync(file, { bigint: true });
      const content = before.isFile() ? readAll(file, Number(before.size), maxBytes) : Buffer.alloc(0);
      return { content, before, after: fstatSync(file, { bigint: true }) };
    } finally {
      closeSync(file);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private spell(name: string): string {
    return `${this.base}/${name}`;
  }
}

const readAll = (file: number, size: number, maxBytes: number): Buffer => {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= maxBytes;) {
    const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(maxBytes + 1 - total, total === 0 ? size + 1 : 65_536)));
    const got = readSync(file, chunk);
    if (got === 0) break;
    chunks.push(chunk.subarray(0, got));
    total += got;
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
};
