import { type BigIntStats, lstatSync, writeFileSync } from 'node:fs';
import type { BytePath } from '../objects/paths';
import type { IndexedStatus } from '../objects/index-file';
import type { TreeEntry } from '../objects/tree';

interface CachedEntry extends TreeEntry, IndexedStatus {}

const cut = (value: bigint): bigint => BigInt.asUintN(32, value);

/**
 * Remembers which content a file had when its status looked like this. An entry is kept only when the file was last changed
 * strictly before the file system's clock at the time of reading: a write within the same tick would leave the status as it
 * is (git's racy entries). A change of mode shows in `ctime`; the other numbers may be cut to 32 bits, as an index keeps them.
 */
export class StatCache {
  private readonly entries = new Map<BytePath, CachedEntry>();

  constructor(private readonly clockFile: string) {}

  /** The file system's own clock, which ticks more coarsely than the machine's. */
  clock(): bigint {
    writeFileSync(this.clockFile, '');
    return lstatSync(this.clockFile, { bigint: true }).ctimeNs;
  }

  find(path: BytePath, status: BigIntStats): TreeEntry | undefined {
    const entry = this.entries.get(path);
    const same =
      entry !== undefined &&
      entry.ctimeNs === status.ctimeNs &&
      entry.mtimeNs === status.mtimeNs &&
      cut(entry.size) === cut(status.size) &&
      cut(entry.ino) === cut(status.ino);
    return same ? entry : undefined;
  }

  /** `clock` is what `clock()` said before the content was read. */
  remember(path: BytePath, entry: TreeEntry, status: IndexedStatus, clock: bigint): void {
    const { dev, ino, uid, gid, size, mtimeNs, ctimeNs } = status;
    if (ctimeNs >= clock || mtimeNs >= clock) this.entries.delete(path);
    else this.entries.set(path, { ...entry, dev, ino, uid, gid, size, mtimeNs, ctimeNs });
  }

  /** The status that the file had when it held this very entry. */
  statusOf(path: BytePath, { mode, sha }: TreeEntry): IndexedStatus | undefined {
    const entry = this.entries.get(path);
    return entry?.sha === sha && entry.mode === mode ? entry : undefined;
  }

  forget(path: BytePath): void {
    this.entries.delete(path);
  }
}
