import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { ObjectType, StoredObject } from './store';

const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

/** An object's header in a pack: its type in three bits, its size in groups of seven after the first four. */
const packHeader = (type: ObjectType, size: number): Buffer => {
  const bytes = [(typeNumbers[type] << 4) | (size & 0x0f)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
};

/** A pack (version 2) of these objects, each whole: steps are small, and a delta would need a process of git's. */
export const packOf = (objects: readonly StoredObject[]): Buffer => {
  const head = Buffer.alloc(12);
  head.write('PACK', 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const parts = objects.flatMap(({ type, content }) => [
    packHeader(type, content.length),
    deflateSync(content, { level: 1 }),
  ]);
  const body = Buffer.concat([head, ...parts]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
};

export interface BundleSpec {
  /** Full name of the ref that the bundle brings. */
  readonly ref: string;
  readonly head: string;
  /** The commit that the receiver must have. */
  readonly since: string;
  readonly objects: readonly StoredObject[];
}

/** A git bundle (version 2), as `git bundle create` would write one for `ref ^since`. */
export const bundleText = ({ ref, head, since, objects }: BundleSpec): Buffer =>
  Buffer.concat([Buffer.from(`# v2 git bundle\n-${since} \n${head} ${ref}\n\n`, 'utf8'), packOf(objects)]);
