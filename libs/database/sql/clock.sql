-- The one clock that leases, waits and events are told by.
SELECT clock_timestamp() AS now
