-- $1 team, $2 plan
SELECT id, project_id, version, slug, status, amends_run_id FROM plans WHERE team_id = $1 AND id = $2
