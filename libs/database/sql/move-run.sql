-- A compare-and-set move of a run. The lease goes when the run stops running; leaving `running` without handing over keeps the token,
-- and every move by a person raises it, so that a holder that comes late changes nothing.
-- A run that is queued before the one that it comes after is delivered waits for that one, whoever queues it.
-- The drive that ends counts no longer than its lease; a turn that nobody closes any more leaves what it cost unknown.
-- $1 run, $2 from, $3 to, $4 wait reason, $5 reason, $6 resume at, $7 raise the token, $8 stage
WITH driven AS (
  UPDATE drives SET ended_at = greatest(drives.started_at, least(clock_timestamp(), r.lease_expires_at))
  FROM runs r WHERE r.id = $1 AND r.status = ANY ($2::run_status[]) AND drives.run_id = r.id AND drives.ended_at IS NULL
), moved AS (
  UPDATE runs
  SET status = $3::run_status,
      wait_reason = CASE WHEN $3::run_status = 'queued' AND EXISTS (SELECT 1 FROM runs p WHERE p.id = runs.after_run_id AND p.status <> 'completed')
        THEN 'predecessor' ELSE $4::wait_reason END,
      reason = $5, resume_at = $6,
      queued_at = CASE WHEN $3::run_status = 'queued' THEN clock_timestamp() ELSE queued_at END,
      stage = coalesce($8::stage_name, stage),
      fencing_token = fencing_token + CASE WHEN $7::boolean THEN 1 ELSE 0 END,
      lease_owner = NULL, lease_expires_at = NULL,
      request = NULL, requested_by = NULL,
      cost_partial = cost_partial OR EXISTS (SELECT 1 FROM turns t WHERE t.run_id = runs.id AND t.finished_at IS NULL),
      finished_at = CASE WHEN $3::run_status IN ('completed', 'failed', 'cancelled') THEN clock_timestamp() END
  WHERE id = $1 AND status = ANY ($2::run_status[])
  RETURNING *
)
SELECT * FROM moved
