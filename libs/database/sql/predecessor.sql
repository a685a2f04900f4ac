-- The run that a new one comes after: the one that is named, or the newest of a plan, in whatever version, or else of the project, that nothing follows yet.
-- Shared with its own moves by lock: it is delivered either before, and this sees it, or after, and then it finds the run that waits.
-- $1 team, $2 project, $3 run or plan (null: any)
SELECT r.* FROM runs r
WHERE r.team_id = $1 AND r.project_id = $2 AND r.status <> 'cancelled'
  AND ($3::uuid IS NULL AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.after_run_id = r.id AND n.status <> 'cancelled')
    OR r.id = $3::uuid
    OR r.plan_id IN (SELECT p.id FROM plans p JOIN plans asked ON asked.project_id = p.project_id AND asked.slug = p.slug WHERE asked.id = $3::uuid))
ORDER BY r.created_at DESC, r.id LIMIT 1
FOR SHARE
