import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '@lockstep/contracts';
import type { BlobRef, BlobStore } from './store';

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Names become paths: nothing but what this store gives out. */
const known = /^[0-9a-f-]{36}$/;

const checked = (name: string): string => {
  if (known.test(name)) return name;
  throw new Fault('snapshot_unusable', `${JSON.stringify(name)} names nothing in a snapshot directory.`);
};

/** A rename, or a new folder, outlives a power cut once the folder that names it is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function ensureFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncFolder(dirname(first));
}

async function writeDraft(draft: string, content: Buffer): Promise<void> {
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whole and on the disk, or not there: on a full volume the half would take what room is left, again at each try. */
async function writeDurably(folder: string, name: string, content: Buffer): Promise<void> {
  const draft = join(folder, `.${name}.partial`);
  try {
    await writeDraft(draft, content);
    await rename(draft, join(folder, name));
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

const unusable = (path: string, why: string, cause?: unknown): Fault =>
  new Fault(
    'snapshot_unusable',
    `The snapshot file ${path} ${why}. Bring it back from a copy of the directory, then try again.`,
    [],
    { cause },
  );

/** A run's folder goes with the run alone: without it, it is the volume that isn't there, and work must not count as lost. */
async function whyUnread(path: string, error: unknown): Promise<Fault> {
  const folder = dirname(path);
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isThere)
    return unusable(path, `cannot be read (${error instanceof Error ? error.message : String(error)})`, error);
  const advice =
    'Mount the volume; where it is gone for good, an empty folder of that name lets the run go on without.';
  return new Fault('snapshots_unavailable', `The snapshot folder ${folder} is not there. ${advice}`, [], {
    cause: error,
  });
}

async function readWhole(path: string, ref: BlobRef): Promise<Buffer> {
  const content = await readFile(path).catch(async (error: unknown) => {
    throw await whyUnread(path, error);
  });
  if (content.length !== ref.bytes) throw unusable(path, `has ${content.length} bytes instead of ${ref.bytes}`);
  if (sha256(content) !== ref.sha256) throw unusable(path, 'holds something else than was written');
  return content;
}

async function written(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const advice = 'Mount the volume, or make room on it.';
    throw new Fault(
      'snapshots_unavailable',
      `The snapshot directory ${directory} cannot be written to (${why}). ${advice}`,
      [],
      { cause: error },
    );
  }
}

/**
 * One file for each piece, in a folder for each run, on a volume that all executors share. Every put has a name of its own, so that a
 * late executor can only remove what its own transaction took out of the rows.
 * @param directory absolute
 */
export function directoryBlobs(directory: string): BlobStore {
  const folderOf = (runId: string): string => join(directory, checked(runId));
  return {
    put: async (runId, content) => {
      const [name, folder] = [randomUUID(), folderOf(runId)];
      await written(directory, async () => {
        await ensureFolder(folder);
        await writeDurably(folder, name, content);
      });
      return { content: null, ref: { name, sha256: sha256(content), bytes: content.length } };
    },
    get: async (runId, { content, ref }) => content ?? readWhole(join(folderOf(runId), checked(ref.name)), ref),
    drop: async (runId, names) => {
      await Promise.all(names.map((name) => rm(join(folderOf(runId), checked(name)), { force: true })));
    },
    remove: async (runId) => rm(folderOf(runId), { recursive: true, force: true }),
  };
}

/** Whether the directory can be written to, before a run depends on it. @throws Fault config_invalid */
export async function checkDirectory(directory: string): Promise<void> {
  const probe = join(directory, `.probe-${randomUUID()}`);
  try {
    await ensureFolder(directory);
    await (await open(probe, 'wx', 0o600)).close();
    await rm(probe);
  } catch (error) {
    throw new Fault(
      'config_invalid',
      `LOCKSTEP_SNAPSHOT_DIR=${directory} cannot be written to (${error instanceof Error ? error.message : String(error)}). Mount the volume, or let this user write there.`,
      [],
      { cause: error },
    );
  }
}
