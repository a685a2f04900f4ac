import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryBlobs, openBlobs, rowBlobs, type BlobStore, type StoredBlob } from './blobs';
import {
  dropOldWork,
  keepSnapshot,
  keepTranscript,
  readSnapshots,
  readTranscript,
  stageWork,
  transcriptEnd,
  transcriptGain,
} from './snapshots';
import { takeLease, writeUnderLease, type Lease } from './leases';
import { seedRun, testDatabase, type TestDatabase } from './testing';

let test: TestDatabase;
let directory: string;
beforeAll(async () => {
  test = await testDatabase();
  directory = mkdtempSync(join(tmpdir(), 'lockstep-blobs-'));
});
afterAll(async () => {
  await test?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const session = '11111111-1111-4111-8111-111111111111';
const bytes = (text: string): Buffer => Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from(text)]);

async function driven(): Promise<{ runId: string; lease: Lease }> {
  const { runId } = await seedRun(test.database);
  const spec = { runId, executorId: 'one', leaseMs: 60_000, stage: 'implementation' as const };
  return { runId, lease: (await takeLease(test.database, spec))!.lease };
}

/** Keeps what a transcript gained, as an executor does. */
async function keepAll(blobs: BlobStore, lease: Lease, whole: Buffer): Promise<boolean> {
  const { runId } = lease;
  const { gained, ...gain } = transcriptGain(whole, await transcriptEnd(test.database, runId, session));
  const content = gained.length === 0 ? null : await blobs.put(runId, gained);
  await writeUnderLease(test.database, lease, (tx) =>
    keepTranscript(tx, runId, { sessionId: session, ...gain, content }),
  );
  return gain.replaces;
}

const filesOf = (runId: string): string[] =>
  existsSync(join(directory, runId))
    ? readdirSync(join(directory, runId)).map((name) => join(directory, runId, name))
    : [];

const adapters: readonly (readonly [string, () => BlobStore])[] = [
  ['rows of Postgres', () => rowBlobs],
  ['a directory', () => directoryBlobs(directory)],
];

describe.each(adapters)('snapshots whose bytes lie in %s', (_, storeOf) => {
  let blobs: BlobStore;
  beforeEach(() => (blobs = storeOf()));

  const bytesOf = (runId: string, blob: StoredBlob | null): Promise<Buffer | null> =>
    blob === null ? Promise.resolve(null) : blobs.get(runId, blob);

  it('come back byte by byte, commits in order and the newest work', async () => {
    const { runId, lease } = await driven();
    for (const [kind, text] of [
      ['step', 'first'],
      ['step', 'second'],
    ] as const) {
      const bundle = await blobs.put(runId, bytes(text));
      await writeUnderLease(test.database, lease, (tx) =>
        keepSnapshot(tx, runId, { kind, fromSha: 'a', headSha: text, bundle, wipSha: null, wipBundle: null }),
      );
    }
    for (const text of ['half', 'more']) {
      const wipBundle = await blobs.put(runId, bytes(text));
      let newest = '';
      await writeUnderLease(
        test.database,
        lease,
        (tx) => dropOldWork(tx, runId, newest),
        async (tx) => {
          newest = await stageWork(tx, runId, { kind: 'turn', headSha: 'second', wipSha: text, wipBundle });
        },
      );
    }
    const kept = await readSnapshots(test.database, runId);
    expect(kept.map(({ kind, headSha, wipSha }) => [kind, headSha, wipSha])).toEqual([
      ['step', 'first', null],
      ['step', 'second', null],
      ['turn', 'second', 'more'],
    ]);
    expect(await Promise.all(kept.map(({ bundle }) => bytesOf(runId, bundle)))).toEqual([
      bytes('first'),
      bytes('second'),
      null,
    ]);
    expect(await bytesOf(runId, kept.at(-1)!.wipBundle)).toEqual(bytes('more'));
  });

  it('put a transcript together from what it gained, and keep one that was rewritten anew', async () => {
    const { runId, lease } = await driven();
    const kept = () => readTranscript(test.database, blobs, { runId, sessionId: session });
    expect(await kept()).toEqual({ content: Buffer.alloc(0), problem: null });
    expect(await keepAll(blobs, lease, bytes('one\n'))).toBe(false);
    expect(await keepAll(blobs, lease, bytes('one\ntwo\n'))).toBe(false);
    expect(await keepAll(blobs, lease, bytes('one\ntwo\n'))).toBe(false);
    expect(await test.database.prisma.transcriptChunk.count({ where: { runId } })).toBe(2);
    expect(await kept()).toEqual({ content: bytes('one\ntwo\n'), problem: null });
    expect(await keepAll(blobs, lease, bytes('one\nTWO\nthree\n'))).toBe(true);
    expect(await kept()).toEqual({ content: bytes('one\nTWO\nthree\n'), problem: null });
    expect(await keepAll(blobs, lease, Buffer.alloc(0))).toBe(false);
    expect((await kept()).content).toEqual(bytes('one\nTWO\nthree\n'));
  });

  it('store nothing of a late executor', async () => {
    const { runId, lease } = await driven();
    const late = { ...lease, token: '0' };
    const wipBundle = await blobs.put(runId, bytes('late'));
    const writing = writeUnderLease(
      test.database,
      late,
      async () => undefined,
      async (tx) => {
        await stageWork(tx, runId, { kind: 'turn', headSha: 'a', wipSha: 'b', wipBundle });
      },
    );
    await expect(writing).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await readSnapshots(test.database, runId)).toEqual([]);
  });

  it('may be empty, and may be removed twice', async () => {
    const { runId } = await driven();
    expect(await blobs.get(runId, await blobs.put(runId, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
    await blobs.drop(runId, ['11111111-1111-4111-8111-111111111111']);
    await blobs.remove(runId);
    await blobs.remove(runId);
  });
});

describe('a directory of snapshots', () => {
  const unusable = { code: 'snapshot_unusable' };
  const put = async (text: string) => {
    const { runId } = await driven();
    const blobs = directoryBlobs(directory);
    const blob = await blobs.put(runId, bytes(text));
    return { runId, blobs, blob, file: filesOf(runId)[0]! };
  };

  it('says which file is gone, cut or changed', async () => {
    const { runId, blobs, blob, file } = await put('as it was');
    writeFileSync(file, bytes('as it is '));
    await expect(blobs.get(runId, blob)).rejects.toMatchObject({ ...unusable, message: expect.stringContaining(file) });
    truncateSync(file, 4);
    await expect(blobs.get(runId, blob)).rejects.toMatchObject({
      ...unusable,
      message: expect.stringContaining('has 4 bytes'),
    });
    rmSync(file);
    await expect(blobs.get(runId, blob)).rejects.toMatchObject({
      ...unusable,
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('is asked for by an executor that has none, and reads what lies in rows', async () => {
    const { runId, blobs, blob } = await put('far away');
    // Not lost, and not to be done again: it is asked about.
    await expect(rowBlobs.get(runId, blob)).rejects.toMatchObject({
      code: 'snapshots_unavailable',
      message: expect.stringContaining('LOCKSTEP_SNAPSHOT_DIR'),
    });
    expect(await blobs.get(runId, await rowBlobs.put(runId, bytes('near')))).toEqual(bytes('near'));
  });

  it('follows no name out of itself', async () => {
    const { blobs } = await put('x');
    await expect(blobs.remove('../..')).rejects.toMatchObject(unusable);
    await expect(blobs.drop('11111111-1111-4111-8111-111111111111', ['../x'])).rejects.toMatchObject(unusable);
  });

  it('loses the dropped pieces and those of a removed run, and no others', async () => {
    const { runId, blobs, blob } = await put('first');
    await blobs.put(runId, bytes('second'));
    const other = await put('other run');
    await blobs.drop(runId, [blob.ref!.name]);
    expect(filesOf(runId)).toHaveLength(1);
    await blobs.remove(runId);
    expect([filesOf(runId), filesOf(other.runId)]).toEqual([[], [other.file]]);
  });

  it('keeps a transcript up to the piece that is gone', async () => {
    const { runId, lease } = await driven();
    const blobs = directoryBlobs(directory);
    await keepAll(blobs, lease, bytes('one\n'));
    const before = new Set(filesOf(runId));
    await keepAll(blobs, lease, bytes('one\ntwo\n'));
    rmSync(filesOf(runId).find((file) => !before.has(file))!);
    const { content, problem } = await readTranscript(test.database, blobs, { runId, sessionId: session });
    expect(content).toEqual(bytes('one\n'));
    expect(problem).toContain('cannot be read');
    expect(await keepAll(blobs, lease, bytes('one\nagain\n'))).toBe(true);
  });

  it('takes a volume that is not there for no loss', async () => {
    const { runId, blobs, blob, file } = await put('still there');
    renameSync(join(directory, runId), join(directory, 'unmounted'));
    const away = { code: 'snapshots_unavailable', message: expect.stringContaining(join(directory, runId)) };
    await expect(blobs.get(runId, blob)).rejects.toMatchObject(away);
    renameSync(join(directory, 'unmounted'), join(directory, runId));
    expect([filesOf(runId), await blobs.get(runId, blob)]).toEqual([[file], bytes('still there')]);
  });

  it('keeps no half of what could not be written', async () => {
    const { runId, blobs, file } = await put('whole');
    const tooMuch = async function* () {
      yield 'half';
      throw new Error('ENOSPC: no space left on device');
    };
    await expect(blobs.put(runId, tooMuch() as unknown as Buffer)).rejects.toMatchObject({
      code: 'snapshots_unavailable',
      message: expect.stringContaining('ENOSPC'),
    });
    expect(filesOf(runId)).toEqual([file]);
  });

  it('that went away is named by whoever writes there', async () => {
    const { runId } = await driven();
    writeFileSync(join(directory, 'in-the-way'), '');
    const gone = join(directory, 'in-the-way', 'volume');
    await expect(directoryBlobs(gone).put(runId, bytes('x'))).rejects.toMatchObject({
      code: 'snapshots_unavailable',
      message: expect.stringContaining(gone),
    });
  });

  it('is refused at the start when nobody can write there', async () => {
    expect(await openBlobs(undefined)).toBe(rowBlobs);
    await expect(openBlobs(join(directory, 'new', 'folder'))).resolves.toBeDefined();
    writeFileSync(join(directory, 'a-file'), '');
    await expect(openBlobs(join(directory, 'a-file'))).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
