-- $1 id, $2 team, $3 project, $4 plan, $5 branch, $6 base, $7 model, $8 advance, $9 settings
INSERT INTO runs (id, team_id, project_id, plan_id, branch, base_ref, model, advance, settings, wait_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::advance_mode, $9, 'slot')
