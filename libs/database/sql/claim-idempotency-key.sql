-- The first request with a key claims it. A claim without an answer after a minute is of a process that died: it may be taken over,
-- and what the request does is guarded by the state it leaves. $1 team, $2 key, $3 request digest
INSERT INTO idempotency_keys (team_id, key, request_sha256) VALUES ($1, $2, $3)
ON CONFLICT (team_id, key) DO UPDATE SET request_sha256 = excluded.request_sha256, created_at = now()
WHERE idempotency_keys.status IS NULL AND idempotency_keys.created_at < now() - interval '60 seconds'
RETURNING key
