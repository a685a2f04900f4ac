-- An executor's sign of life. $1 id, $2 slots, $3 busy, $4 draining, $5 how long it counts as alive, in ms
INSERT INTO executors (id, slots, busy, draining, alive_until)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond')
ON CONFLICT (id) DO UPDATE
SET slots = excluded.slots, busy = excluded.busy, draining = excluded.draining, seen_at = clock_timestamp(), alive_until = excluded.alive_until
