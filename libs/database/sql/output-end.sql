-- Where a run's output ends, in bytes. $1 run
SELECT coalesce((SELECT byte_offset + octet_length(text) FROM output_chunks WHERE run_id = $1 ORDER BY byte_offset DESC LIMIT 1), 0) AS byte_offset
