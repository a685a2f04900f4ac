-- Runs that wait for another credential may go on with this one, when it is open: a key was replaced. $1 fingerprint
INSERT INTO outbox (job, payload)
SELECT 'stage.' || r.stage, jsonb_build_object('runId', r.id)
FROM runs r
WHERE r.status = 'queued' AND r.wait_reason = 'credential' AND r.credential <> $1
  AND EXISTS (SELECT 1 FROM credentials c WHERE c.fingerprint = $1 AND c.state = 'open')
RETURNING id
