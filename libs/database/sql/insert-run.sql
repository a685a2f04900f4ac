-- $1 id, $2 team, $3 project, $4 plan, $5 branch, $6 base, $7 model, $8 advance, $9 settings, $10 the run that it comes after,
-- $11 that one's head once it is delivered, $12 why it waits
INSERT INTO runs (id, team_id, project_id, plan_id, branch, base_ref, model, advance, settings, after_run_id, base_sha, head_sha,
  wait_reason, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::advance_mode, $9, $10, $11, $11,
  CASE WHEN $12::text IS NULL THEN 'slot' ELSE 'predecessor' END::wait_reason, $12)
