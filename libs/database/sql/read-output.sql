-- Chunks that reach beyond offset $2, at most $3.
SELECT byte_offset, at, stream, text FROM output_chunks
WHERE run_id = $1 AND byte_offset >= $2 ORDER BY byte_offset LIMIT $3
