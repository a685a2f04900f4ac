import { checkDirectory, directoryBlobs } from './directory';
import { rowBlobs, type BlobStore } from './store';

/** The same without a look at the directory: for a process that only removes. */
export const blobsIn = (directory: string | undefined): BlobStore =>
  directory === undefined ? rowBlobs : directoryBlobs(directory);

/** The store that the configuration names: LOCKSTEP_SNAPSHOT_DIR, or the rows themselves. @throws Fault config_invalid */
export async function openBlobs(directory: string | undefined): Promise<BlobStore> {
  if (directory !== undefined) await checkDirectory(directory);
  return blobsIn(directory);
}
