-- Claims a queued run for an executor. The fencing token rises, which makes every earlier holder harmless. Database clock only.
-- A run that comes after another one isn't taken before that one is delivered. $1 run, $2 executor, $3 lease in ms, $4 stage
WITH before AS (
  SELECT id, driver_token FROM runs
  WHERE id = $1 AND status = 'queued' AND stage = $4::stage_name AND wait_reason IS DISTINCT FROM 'predecessor' AND (resume_at IS NULL OR resume_at <= clock_timestamp())
  FOR NO KEY UPDATE
), taken AS (
  UPDATE runs
  SET status = 'running', lease_owner = $2, lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond',
      fencing_token = fencing_token + 1, driver_token = fencing_token + 1, wait_reason = NULL, reason = NULL, resume_at = NULL,
      started_at = coalesce(started_at, clock_timestamp())
  FROM before WHERE runs.id = before.id
  RETURNING runs.*, before.driver_token AS previous_driver
), driven AS (
  INSERT INTO drives (run_id, fencing_token, team_id, executor_id) SELECT id, fencing_token, team_id, $2 FROM taken
)
SELECT * FROM taken
