-- $1 run, $2 session, $3 offset, $4 content. The same delta twice is one.
INSERT INTO transcript_chunks (run_id, session_id, byte_offset, team_id, content)
SELECT id, $2, $3, team_id, $4 FROM runs WHERE id = $1
ON CONFLICT DO NOTHING
