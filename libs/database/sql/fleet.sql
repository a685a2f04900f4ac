-- The executors that are alive and take runs, with all their slots.
SELECT count(*)::int AS executors, coalesce(sum(slots), 0)::int AS slots, coalesce(sum(busy), 0)::int AS busy
FROM executors WHERE alive_until > clock_timestamp() AND NOT draining
