export { directoryBlobs } from './directory';
export { blobsIn, openBlobs } from './open';
export { rowBlobs, type BlobRef, type BlobStore, type StoredBlob } from './store';
