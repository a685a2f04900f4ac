-- Begins every removal: locks a run that has ended and that no run which is under way comes after. No row: it is needed (again).
-- $1 run
SELECT r.id, r.team_id, r.project_id FROM runs r
WHERE r.id = $1 AND r.status IN ('completed', 'failed', 'cancelled') AND NOT EXISTS (
  WITH RECURSIVE later AS (
    SELECT id, status FROM runs WHERE after_run_id = $1
    UNION SELECT n.id, n.status FROM runs n JOIN later ON n.after_run_id = later.id
  )
  SELECT 1 FROM later WHERE status IN ('queued', 'running', 'blocked', 'paused'))
FOR NO KEY UPDATE
