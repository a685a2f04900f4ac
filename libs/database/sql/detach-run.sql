-- The run no longer comes after the one that ended, but after what that one came after. $1 run
UPDATE runs r SET after_run_id = p.after_run_id,
  base_sha = g.head_sha, head_sha = g.head_sha, queued_at = clock_timestamp(),
  wait_reason = CASE WHEN p.after_run_id IS NULL OR g.id IS NOT NULL THEN 'slot' ELSE 'predecessor' END::wait_reason,
  reason = $2
FROM runs p LEFT JOIN runs g ON g.id = p.after_run_id AND g.status = 'completed'
WHERE r.id = $1 AND p.id = r.after_run_id AND p.status IN ('failed', 'cancelled')
RETURNING r.*
