-- The credential is open: all that wait for it may go on. $1 fingerprint
INSERT INTO outbox (job, payload)
SELECT 'stage.' || r.stage, jsonb_build_object('runId', r.id)
FROM runs r
WHERE r.credential = $1 AND r.status = 'queued' AND r.wait_reason = 'credential'
ORDER BY r.queued_at
RETURNING id
