-- A compare-and-set move of a run. The lease goes when the run stops running; leaving `running` without handing over keeps the token,
-- and every move by a person raises it, so that a holder that comes late changes nothing.
-- A run that is queued before the one that it comes after is delivered waits for that one, whoever queues it.
-- $1 run, $2 from, $3 to, $4 wait reason, $5 reason, $6 resume at, $7 raise the token, $8 stage
UPDATE runs
SET status = $3::run_status,
    wait_reason = CASE WHEN $3::run_status = 'queued' AND EXISTS (SELECT 1 FROM runs p WHERE p.id = runs.after_run_id AND p.status <> 'completed')
      THEN 'predecessor' ELSE $4::wait_reason END,
    reason = $5, resume_at = $6,
    stage = coalesce($8::stage_name, stage),
    fencing_token = fencing_token + CASE WHEN $7::boolean THEN 1 ELSE 0 END,
    lease_owner = NULL, lease_expires_at = NULL,
    request = NULL, requested_by = NULL,
    finished_at = CASE WHEN $3::run_status IN ('completed', 'failed', 'cancelled') THEN clock_timestamp() END
WHERE id = $1 AND status = ANY ($2::run_status[])
RETURNING *
