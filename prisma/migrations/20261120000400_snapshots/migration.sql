-- Bytes that lie outside of Postgres, as {"name", "sha256", "bytes"}. A row has bytes of its own or names others, never both.
ALTER TABLE snapshots
  ADD COLUMN bundle_ref jsonb,
  ADD COLUMN wip_ref jsonb,
  ADD CONSTRAINT snapshot_bundle_once CHECK (bundle IS NULL OR bundle_ref IS NULL),
  ADD CONSTRAINT snapshot_wip_once CHECK (wip_bundle IS NULL OR wip_ref IS NULL);

ALTER TABLE transcript_chunks
  ALTER COLUMN content DROP NOT NULL,
  ADD COLUMN content_ref jsonb,
  -- Of the transcript from its beginning to the end of this chunk: shows that what is on the disk still begins with what is kept.
  ADD COLUMN prefix_sha256 text,
  ADD CONSTRAINT transcript_chunk_once CHECK ((content IS NULL) <> (content_ref IS NULL));
