-- The runs of a project of which snapshots are kept. Needed: under way, or a run that is under way comes after it, directly or not.
-- Sizes as stored, and only where they are asked for. $1 project, $2 with sizes
WITH RECURSIVE needed AS (
  SELECT id, after_run_id FROM runs WHERE project_id = $1 AND status IN ('queued', 'running', 'blocked', 'paused')
  UNION SELECT p.id, p.after_run_id FROM runs p JOIN needed n ON n.after_run_id = p.id
)
SELECT r.id AS "runId", r.finished_at AS "endedAt", r.id IN (SELECT id FROM needed) AS "isNeeded", r.status = 'completed' AS "isDelivered",
  CASE WHEN $2::boolean THEN coalesce((SELECT sum(b.size) FROM (SELECT coalesce(pg_column_size(s.bundle), 0) + coalesce(pg_column_size(s.wip_bundle), 0) + coalesce((s.bundle_ref ->> 'bytes')::bigint, 0) + coalesce((s.wip_ref ->> 'bytes')::bigint, 0) + 120 AS size FROM snapshots s WHERE s.run_id = r.id UNION ALL SELECT coalesce(pg_column_size(c.content), (c.content_ref ->> 'bytes')::bigint) + 80 FROM transcript_chunks c WHERE c.run_id = r.id) b), 0) ELSE 0 END::float8 AS bytes
FROM runs r
WHERE r.project_id = $1 AND EXISTS (SELECT 1 FROM snapshots s WHERE s.run_id = r.id UNION ALL SELECT 1 FROM transcript_chunks c WHERE c.run_id = r.id)
