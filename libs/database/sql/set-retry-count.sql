-- $1 run, $2 key, $3 fix attempts made
UPDATE steps SET retry_count = $3 WHERE run_id = $1 AND key = $2
