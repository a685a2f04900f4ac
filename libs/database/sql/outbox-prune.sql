-- Rows that were sent longer than $1 ms ago.
DELETE FROM outbox WHERE sent_at < clock_timestamp() - $1 * interval '1 millisecond'
