-- A heartbeat. Returns what people asked of the run meanwhile. No row: the lease is lost.
-- $1 run, $2 fencing token, $3 lease in ms
UPDATE runs SET lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond'
WHERE id = $1 AND fencing_token = $2 AND status = 'running'
RETURNING request, requested_by
