-- A run that could be taken, but for its credential. $1 run, $2 stage
SELECT * FROM runs
WHERE id = $1 AND status = 'queued' AND stage = $2::stage_name AND wait_reason IS DISTINCT FROM 'predecessor'
  AND (wait_reason = 'credential' OR resume_at IS NULL OR resume_at <= clock_timestamp())
FOR NO KEY UPDATE
