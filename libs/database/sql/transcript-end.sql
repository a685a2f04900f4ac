-- Where the kept transcript of a session ends, in bytes, and the digest of it. No row: nothing is kept. $1 run, $2 session
SELECT byte_offset + coalesce(octet_length(content), (content_ref ->> 'bytes')::bigint) AS byte_offset, prefix_sha256
FROM transcript_chunks WHERE run_id = $1 AND session_id = $2 ORDER BY byte_offset DESC LIMIT 1
