import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { bytePath, toBuffer, type BytePath } from './paths';
import type { EntryMode, TreeEntries, TreeEntry } from './tree';

/** What an index keeps of a file's status, so that git need not read a file whose status is still the same. */
export type IndexedStatus = Pick<BigIntStats, 'ctimeNs' | 'mtimeNs' | 'dev' | 'ino' | 'uid' | 'gid' | 'size'>;

/** The status of the file that holds this entry's content; none when it isn't known to, and git looks into the file itself. */
export type StatusOf = (path: BytePath, entry: TreeEntry) => IndexedStatus | undefined;

const billion = 1_000_000_000n;
const modes: Readonly<Record<EntryMode, number>> = {
  '100644': 0o100644,
  '100755': 0o100755,
  '120000': 0o120000,
  '160000': 0o160000,
  '040000': 0o040000,
};
/** Ten numbers of four bytes, the object's name, the flags. */
const fixedBytes = 62;
const longestLength = 0xfff;

const record = (path: BytePath, { mode, sha }: TreeEntry, status: IndexedStatus | undefined): Buffer => {
  const name = toBuffer(path);
  const bytes = Buffer.alloc((fixedBytes + name.length + 8) & ~7);
  const put = (value: bigint, at: number): number => bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)), at);
  if (status !== undefined) {
    const { ctimeNs, mtimeNs, dev, ino, uid, gid, size } = status;
    const before = [ctimeNs / billion, ctimeNs % billion, mtimeNs / billion, mtimeNs % billion, dev, ino];
    before.forEach((value, index) => put(value, index * 4));
    [uid, gid, size].forEach((value, index) => put(value, 28 + index * 4));
  }
  bytes.writeUInt32BE(modes[mode], 24);
  bytes.write(sha, 40, 'hex');
  bytes.writeUInt16BE(Math.min(name.length, longestLength), 60);
  name.copy(bytes, fixedBytes);
  return bytes;
};

/** An entry of an index; numbers are cut to 32 bits there. */
export interface IndexedEntry {
  readonly sha: string;
  readonly status: IndexedStatus;
}

const statusAt = (bytes: Buffer, at: number): IndexedStatus => {
  const number = (index: number): bigint => BigInt(bytes.readUInt32BE(at + index * 4));
  return {
    ctimeNs: number(0) * billion + number(1),
    mtimeNs: number(2) * billion + number(3),
    ...{ dev: number(4), ino: number(5), uid: number(7), gid: number(8), size: number(9) },
  };
};

/** What an index of version 2 says of its entries; nothing for other versions, and for names longer than its length field can tell. */
export const readIndex = (bytes: Buffer): ReadonlyMap<BytePath, IndexedEntry> => {
  const found = new Map<BytePath, IndexedEntry>();
  const isKnown = bytes.toString('latin1', 0, 4) === 'DIRC' && bytes.readUInt32BE(4) === 2;
  let at = 12;
  for (let left = isKnown ? bytes.readUInt32BE(8) : 0; left > 0; left -= 1) {
    const length = bytes.readUInt16BE(at + 60) & longestLength;
    if (length === longestLength) break;
    const path = bytePath(bytes.toString('latin1', at + fixedBytes, at + fixedBytes + length));
    found.set(path, { sha: bytes.toString('hex', at + 40, at + 60), status: statusAt(bytes, at) });
    at += (fixedBytes + length + 8) & ~7;
  }
  return found;
};

/** A git index (version 2, without extensions) of these entries, as `read-tree` would write one. */
export const indexOf = (entries: TreeEntries, statusOf: StatusOf): Buffer => {
  const head = Buffer.alloc(12);
  head.write('DIRC', 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(entries.size, 8);
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const body = Buffer.concat([head, ...sorted.map(([path, entry]) => record(path, entry, statusOf(path, entry)))]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
};
