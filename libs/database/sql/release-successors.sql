-- The run is delivered: those that come after it begin at its head. $1 run
UPDATE runs s
SET base_sha = p.head_sha, head_sha = p.head_sha, queued_at = CASE WHEN s.status = 'queued' THEN clock_timestamp() ELSE s.queued_at END,
    wait_reason = CASE WHEN s.status = 'queued' THEN 'slot' ELSE s.wait_reason END,
    reason = CASE WHEN s.status = 'queued' THEN NULL ELSE s.reason END
FROM runs p
WHERE p.id = $1 AND s.after_run_id = p.id AND s.base_sha IS NULL AND s.status <> 'cancelled'
RETURNING s.id, s.stage, s.status
