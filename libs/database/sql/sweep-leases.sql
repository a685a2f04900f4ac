-- Runs whose lease ran out, locked one sweeper at a time. $1 at most
SELECT id, stage, lease_owner, fencing_token FROM runs
WHERE status = 'running' AND lease_expires_at < clock_timestamp()
ORDER BY lease_expires_at LIMIT $1
FOR NO KEY UPDATE SKIP LOCKED
