-- Executors that have not been heard of for $1 ms after they counted as dead.
DELETE FROM executors WHERE alive_until < clock_timestamp() - $1 * interval '1 millisecond' RETURNING id
