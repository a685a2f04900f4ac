-- The same delta twice is one. $1 run, $2 session, $3 offset, $4 content, $5 where it lies, $6 digest of everything up to its end
INSERT INTO transcript_chunks (run_id, session_id, byte_offset, team_id, content, content_ref, prefix_sha256)
SELECT id, $2, $3, team_id, $4, $5, $6 FROM runs WHERE id = $1
ON CONFLICT DO NOTHING
