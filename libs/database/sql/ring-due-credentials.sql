-- For each credential whose pause is over, or whose probe is dead: the run that waits longest tries it. Not again within $1 ms.
INSERT INTO outbox (job, payload)
SELECT 'stage.' || w.stage, jsonb_build_object('runId', w.id)
FROM credentials c
CROSS JOIN LATERAL (
  SELECT r.id, r.stage FROM runs r
  WHERE r.credential = c.fingerprint AND r.status = 'queued' AND r.wait_reason = 'credential'
  ORDER BY r.queued_at, r.id LIMIT 1
) w
WHERE (c.state = 'paused' AND c.resume_at <= clock_timestamp()
    OR c.state = 'half_open' AND (c.probe_until <= clock_timestamp()
      OR NOT EXISTS (SELECT 1 FROM runs p WHERE p.id = c.probe_run_id AND p.status = 'running')))
  AND NOT EXISTS (
    SELECT 1 FROM outbox o
    WHERE o.payload ->> 'runId' = w.id::text
      AND (o.sent_at IS NULL OR o.sent_at > greatest(c.resume_at, clock_timestamp() - $1 * interval '1 millisecond')))
RETURNING payload ->> 'runId' AS id
