-- A new version of a plan: versions count per project and slug. $1 team, $2 project, $3 title, $4 slug, $5 path, $6 profile, $7 document, $8 parsed, $9 by, $10 settings, $11 the run that it amends
INSERT INTO plans (team_id, project_id, version, title, slug, path, profile, document, parsed, submitted_by, settings, amends_run_id)
SELECT $1, $2, 1 + coalesce((SELECT max(version) FROM plans WHERE project_id = $2 AND slug = $4), 0), $3, $4, $5, $6, $7, $8, $9, $10, $11
RETURNING id, version
