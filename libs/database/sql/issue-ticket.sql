-- Tickets that ran out go when a new one comes. $1 digest, $2 team, $3 token name, $4 life in ms
WITH ended AS (DELETE FROM feed_tickets WHERE expires_at < clock_timestamp())
INSERT INTO feed_tickets (hash, team_id, token_name, expires_at)
VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
RETURNING expires_at
