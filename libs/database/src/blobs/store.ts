import { Fault } from '@lockstep/contracts';

/** Bytes that lie outside of Postgres. The digest is hexadecimal. */
export interface BlobRef {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Bytes as a row has them: its own, or the name of where they lie. */
export type StoredBlob =
  { readonly content: Buffer; readonly ref: null } | { readonly content: null; readonly ref: BlobRef };

/**
 * Where the bytes of run snapshots and transcripts lie. Rows say what they are: bytes come before their row and go after it, so that a
 * row never names what is not there; bytes that no row names, after a crash in between, go with their run.
 */
export interface BlobStore {
  /**
   * Once it resolves the bytes survive whatever happens; the row that names them may be written.
   * @throws Fault snapshots_unavailable
   */
  put(runId: string, content: Buffer): Promise<StoredBlob>;
  /**
   * The very bytes that were put. @throws Fault snapshot_unusable: they are gone, cut or changed; snapshots_unavailable: they are out
   * of this store's reach, or nothing of the run is there, as when a volume is not mounted
   */
  get(runId: string, blob: StoredBlob): Promise<Buffer>;
  /** Removes bytes whose rows are gone, by name. Twice is fine. */
  drop(runId: string, names: readonly string[]): Promise<void>;
  /** Removes everything of a run, for whoever has removed its rows. Twice is fine. */
  remove(runId: string): Promise<void>;
}

const elsewhere = (runId: string, { name }: BlobRef): Fault =>
  new Fault(
    'snapshots_unavailable',
    `A snapshot of the run ${runId} lies in a directory, as ${name}. Set LOCKSTEP_SNAPSHOT_DIR to the directory that its executor used.`,
  );

/** The bytes travel in the row itself: nothing to do but that. */
export const rowBlobs: BlobStore = {
  put: (_, content) => Promise.resolve({ content, ref: null }),
  get: (runId, blob) =>
    blob.content === null ? Promise.reject(elsewhere(runId, blob.ref)) : Promise.resolve(blob.content),
  drop: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
