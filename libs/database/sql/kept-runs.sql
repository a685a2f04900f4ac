-- The runs of a project of which something is kept. Needed: under way, or a run that is under way comes after it, directly or not.
-- Sizes as stored, and only where they are asked for. $1 project, $2 what: output, snapshots or events, $3 with sizes
WITH RECURSIVE needed AS (
  SELECT id, after_run_id FROM runs WHERE project_id = $1 AND status IN ('queued', 'running', 'blocked', 'paused')
  UNION SELECT p.id, p.after_run_id FROM runs p JOIN needed n ON n.after_run_id = p.id
)
SELECT r.id AS "runId", r.finished_at AS "endedAt", needed.id IS NOT NULL AS "isNeeded", r.status = 'completed' AS "isDelivered",
  CASE WHEN $3::boolean THEN kept.bytes ELSE 0 END::float8 AS bytes
FROM runs r LEFT JOIN needed ON needed.id = r.id CROSS JOIN LATERAL (
  SELECT sum(piece.bytes) AS bytes FROM (
    SELECT pg_column_size(o.text) + 80 AS bytes FROM output_chunks o WHERE $2::text = 'output' AND o.run_id = r.id
    UNION ALL
    SELECT coalesce(pg_column_size(s.bundle), 0) + coalesce(pg_column_size(s.wip_bundle), 0)
      + coalesce((s.bundle_ref ->> 'bytes')::bigint, 0) + coalesce((s.wip_ref ->> 'bytes')::bigint, 0) + 120
    FROM snapshots s WHERE $2::text = 'snapshots' AND s.run_id = r.id
    UNION ALL
    SELECT coalesce(pg_column_size(t.content), (t.content_ref ->> 'bytes')::bigint) + 80
    FROM transcript_chunks t WHERE $2::text = 'snapshots' AND t.run_id = r.id
    UNION ALL
    SELECT pg_column_size(e.data) + 200 FROM events e WHERE $2::text = 'events' AND e.stream_id = r.id
    -- Without sizes one piece tells that there are some.
    LIMIT CASE WHEN NOT $3::boolean THEN 1 END
  ) piece
  HAVING count(*) > 0
) kept
WHERE r.project_id = $1
