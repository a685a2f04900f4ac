import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

export type ObjectType = 'blob' | 'tree' | 'commit';

export interface StoredObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

const headerOf = (type: ObjectType, size: number): string => `${type} ${size}\0`;

/** git's name for a content. */
export const objectId = (type: ObjectType, content: Uint8Array): string =>
  createHash('sha1').update(headerOf(type, content.length)).update(content).digest('hex');

/**
 * Writes git objects into one repository, as loose files and without starting git: no filter can stand between the bytes
 * and their hash, and a step's commit costs no process.
 */
export class ObjectStore {
  private readonly known = new Set<string>();
  private drafts = 0;

  constructor(private readonly objectsDirectory: string) {}

  /** These objects are in the repository or in one it borrows from; they are not written again. */
  learn(ids: Iterable<string>): void {
    for (const id of ids) this.known.add(id);
  }

  /** Stores an object unless it is there, and gives its id. */
  write(type: ObjectType, content: Uint8Array): string {
    const id = objectId(type, content);
    if (this.known.has(id)) return id;
    const folder = join(this.objectsDirectory, id.slice(0, 2));
    const file = join(folder, id.slice(2));
    if (!existsSync(file))
      this.create(folder, file, Buffer.concat([Buffer.from(headerOf(type, content.length)), content]));
    this.known.add(id);
    return id;
  }

  /** An object that was written here; null when it lies elsewhere, in a pack or in a repository that is borrowed from. */
  read(id: string): StoredObject | null {
    const file = join(this.objectsDirectory, id.slice(0, 2), id.slice(2));
    if (!existsSync(file)) return null;
    const bytes = inflateSync(readFileSync(file));
    const end = bytes.indexOf(0);
    return { type: bytes.toString('latin1', 0, bytes.indexOf(0x20)) as ObjectType, content: bytes.subarray(end + 1) };
  }

  private create(folder: string, file: string, bytes: Buffer): void {
    mkdirSync(folder, { recursive: true });
    const draft = join(folder, `tmp_obj_${process.pid}_${(this.drafts += 1)}_${process.hrtime.bigint()}`);
    writeFileSync(draft, deflateSync(bytes, { level: 1 }), { mode: 0o444 });
    renameSync(draft, file);
  }
}
