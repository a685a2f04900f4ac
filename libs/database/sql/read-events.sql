-- A page of a stream, after `seq` $2, at most $3.
SELECT * FROM events WHERE stream_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
