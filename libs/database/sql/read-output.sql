-- Chunks that reach beyond offset $2, at most $3: the one that $2 lies in comes whole.
SELECT byte_offset, at, stream, text FROM output_chunks
WHERE run_id = $1
  AND byte_offset >= coalesce((SELECT max(byte_offset) FROM output_chunks WHERE run_id = $1 AND byte_offset <= $2), 0)
  AND byte_offset + octet_length(text) > $2
ORDER BY byte_offset LIMIT $3
