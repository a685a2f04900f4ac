-- Evidence of what Lockstep ran, several rows in one statement. $1 run, $2 rows as JSON
INSERT INTO verifications (team_id, run_id, step_key, attempt, position, purpose, command, exit_code, verdict, runner, passed, failed, skipped, total,
  failing, tests, notes, duration_ms, output_sha256, output, tree_sha)
SELECT r.team_id, r.id, v.step_key, v.attempt, v.position, v.purpose::verification_purpose, v.command, v.exit_code, v.verdict::verdict, v.runner, v.passed, v.failed, v.skipped, v.total,
  coalesce(v.failing, '{}'), v.tests, coalesce(v.notes, '{}'), v.duration_ms, v.output_sha256, v.output, v.tree_sha
FROM runs r, jsonb_to_recordset($2::jsonb) AS v (step_key text, attempt integer, position integer, purpose text, command text, exit_code integer, verdict text, runner text,
  passed integer, failed integer, skipped integer, total integer, failing text[], tests jsonb, notes text[], duration_ms integer, output_sha256 text, output text, tree_sha text)
WHERE r.id = $1
