-- What the request with this key does is done, in the transaction that does it: from here on nobody takes the key over. $1 team, $2 key
UPDATE idempotency_keys SET status = 0 WHERE team_id = $1 AND key = $2 AND status IS NULL
