-- $1 run, $2 session
DELETE FROM transcript_chunks WHERE run_id = $1 AND session_id = $2 RETURNING content_ref AS ref
