-- $1 run, $2 rows as JSON
INSERT INTO steps (run_id, team_id, key, parent, position, is_leaf, title, status, summary, section, finished_at)
SELECT r.id, r.team_id, s.key, s.parent, s.position, s.is_leaf, s.title, s.status::step_status, s.summary, s.section,
  CASE WHEN s.status IN ('completed', 'skipped') THEN clock_timestamp() END
FROM runs r, jsonb_to_recordset($2::jsonb) AS s (key text, parent text, position integer, is_leaf boolean, title text, status text, summary text, section text)
WHERE r.id = $1
