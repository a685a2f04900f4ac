-- Everything that a run may wait for, in one look. $1 runs
WITH fleet AS (
  SELECT count(*)::int AS executors, coalesce(sum(slots), 0)::int AS slots, coalesce(sum(busy), 0)::int AS busy
  FROM executors WHERE alive_until > clock_timestamp() AND NOT draining
)
SELECT r.id, fleet.executors, fleet.slots, fleet.busy,
  (SELECT count(*)::int FROM runs n WHERE r.status = 'queued' AND n.status = 'queued' AND n.wait_reason = 'slot' AND n.queued_at < r.queued_at) AS ahead,
  c.state AS credential_state, c.limited_by, c.resume_at,
  q.step_key AS question_step, q.text AS question_text, coalesce(q.open, 0)::int AS questions,
  (SELECT s.key FROM steps s WHERE s.run_id = r.id AND s.status = 'needs_review' AND s.approved_by IS NULL ORDER BY s.position LIMIT 1) AS review_step,
  (SELECT s.key FROM steps s WHERE s.run_id = r.id AND s.is_leaf AND s.status NOT IN ('completed', 'skipped') ORDER BY s.position LIMIT 1) AS next_step,
  p.id AS predecessor_id, p.status AS predecessor_status
FROM runs r
CROSS JOIN fleet
LEFT JOIN credentials c ON c.fingerprint = r.credential
LEFT JOIN runs p ON p.id = r.after_run_id
LEFT JOIN LATERAL (
  SELECT o.step_key, o.text, count(*) OVER () AS open
  FROM questions o WHERE o.run_id = r.id AND o.status = 'open' AND o.category = 'blocker' ORDER BY o.asked_at LIMIT 1
) q ON true
WHERE r.id = ANY ($1::uuid[])
