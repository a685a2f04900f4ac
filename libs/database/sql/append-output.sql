-- Appends to a run's output. The offset is the lease holder's own count, so that output waits for no lock; a late holder's token
-- matches no row, and the same chunk twice is one. $1 run, $2 fencing token, $3 offset, $4 stream, $5 text
INSERT INTO output_chunks (run_id, byte_offset, team_id, stream, text)
SELECT id, $3, team_id, $4, $5 FROM runs WHERE id = $1 AND fencing_token = $2
ON CONFLICT DO NOTHING
RETURNING byte_offset
