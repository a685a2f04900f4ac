-- Deleting is what makes it single-use: of two at once, one finds the row. $1 digest
DELETE FROM feed_tickets WHERE hash = $1 RETURNING team_id, token_name, expires_at > clock_timestamp() AS valid
