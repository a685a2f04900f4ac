-- Claims a queued run for an executor. The fencing token rises, which makes every earlier holder harmless. Database clock only.
-- A run that comes after another one isn't taken before that one is delivered, and none while the executor's credential is not open.
-- $1 run, $2 executor, $3 lease in ms, $4 stage, $5 the credential that is asked for (null: it is settled, or none is needed)
WITH before AS (
  SELECT id, driver_token FROM runs
  WHERE id = $1 AND status = 'queued' AND stage = $4::stage_name AND wait_reason IS DISTINCT FROM 'predecessor'
    AND (wait_reason = 'credential' OR resume_at IS NULL OR resume_at <= clock_timestamp())
    AND NOT EXISTS (SELECT 1 FROM credentials c WHERE c.fingerprint = $5 AND c.state <> 'open')
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
