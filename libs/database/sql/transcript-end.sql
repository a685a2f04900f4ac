-- Where the kept transcript of a session ends, in bytes. $1 run, $2 session
SELECT coalesce((SELECT byte_offset + octet_length(content) FROM transcript_chunks WHERE run_id = $1 AND session_id = $2 ORDER BY byte_offset DESC LIMIT 1), 0) AS byte_offset
