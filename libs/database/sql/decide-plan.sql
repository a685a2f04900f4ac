-- `draft → approved | rejected`, compare-and-set. $1 team, $2 plan, $3 to, $4 by, $5 reason
UPDATE plans SET status = $3::plan_status, decided_at = clock_timestamp(), decided_by = $4, reject_reason = $5
WHERE team_id = $1 AND id = $2 AND status = 'draft'
RETURNING id, project_id, version, slug, status, amends_run_id
