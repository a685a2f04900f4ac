-- The step stops being a leaf; its parts come right after it. $1 run, $2 parent, $3 rows as JSON
WITH parent AS (UPDATE steps SET is_leaf = false WHERE run_id = $1 AND key = $2 RETURNING run_id, team_id, key, position)
INSERT INTO steps (run_id, team_id, key, parent, position, is_leaf, title, section)
SELECT p.run_id, p.team_id, s.key, p.key, p.position + s.number, true, s.title, s.section
FROM parent p, jsonb_to_recordset($3::jsonb) AS s (key text, title text, section text, number integer)
