-- After the database was brought back from a backup: cursors of the time that is lost become void, leases of that time are over, every
-- fencing token leaps over all that may have been given out since, and no executor's disk counts as newer than what is kept here.
-- $1 by how much tokens leap
WITH ended AS (
  UPDATE runs
  SET fencing_token = fencing_token + $1::bigint, driver_token = NULL,
      lease_expires_at = CASE WHEN status = 'running' THEN least(lease_expires_at, clock_timestamp()) END
  RETURNING status
), renewed AS (
  UPDATE installation SET epoch = gen_random_uuid() RETURNING epoch
)
SELECT renewed.epoch, (SELECT count(*) FROM ended WHERE status = 'running')::integer AS running FROM renewed
