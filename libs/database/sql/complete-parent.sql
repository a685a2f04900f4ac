-- A parent is completed with its last part. $1 run, $2 key
UPDATE steps SET status = 'completed', summary = coalesce(summary, 'All its parts are completed.'), started_at = coalesce(started_at, clock_timestamp()), finished_at = clock_timestamp()
WHERE run_id = $1 AND key = $2 AND status <> 'completed' AND NOT is_leaf
