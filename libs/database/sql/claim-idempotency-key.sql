-- The first request with a key claims it. $1 team, $2 key, $3 request digest
INSERT INTO idempotency_keys (team_id, key, request_sha256) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key
