-- Commits, work in progress and transcripts of a run that is sealed. $1 run, $2 rows of each kind at most
WITH gone AS (
  DELETE FROM snapshots WHERE run_id = $1 AND id IN (SELECT id FROM snapshots WHERE run_id = $1 ORDER BY id LIMIT $2)
  RETURNING coalesce(pg_column_size(bundle), 0) + coalesce(pg_column_size(wip_bundle), 0) + coalesce((bundle_ref ->> 'bytes')::bigint, 0) + coalesce((wip_ref ->> 'bytes')::bigint, 0) + 120 AS bytes
), forgotten AS (
  DELETE FROM transcript_chunks WHERE run_id = $1 AND (session_id, byte_offset) IN (SELECT session_id, byte_offset FROM transcript_chunks WHERE run_id = $1 LIMIT $2)
  RETURNING coalesce(pg_column_size(content), (content_ref ->> 'bytes')::bigint) + 80 AS bytes
)
SELECT count(*)::integer AS rows, coalesce(sum(bytes), 0)::float8 AS bytes FROM (SELECT bytes FROM gone UNION ALL SELECT bytes FROM forgotten) each
