-- $1 team, $2 plan
SELECT id, project_id, version, slug, status FROM plans WHERE team_id = $1 AND id = $2
