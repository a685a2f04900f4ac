-- Where a run's output ends, in bytes: also when none of it is kept any more. $1 run
SELECT greatest(r.output_floor, (SELECT byte_offset + octet_length(text) FROM output_chunks WHERE run_id = $1 ORDER BY byte_offset DESC LIMIT 1)) AS byte_offset
FROM runs r WHERE r.id = $1
