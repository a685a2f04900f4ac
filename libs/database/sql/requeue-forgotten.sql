-- Rings again for runs that wait in Postgres while the queue may have forgotten them: queued, and not announced within $1 ms, nor since
-- the time that they waited for has come. A run that comes after another one waits for no queue, nor does one whose credential is not
-- open: those are rung when it is. One that waits for a credential and names none (it was queued by an earlier version) has its time alone.
INSERT INTO outbox (job, payload)
SELECT 'stage.' || r.stage, jsonb_build_object('runId', r.id)
FROM runs r
WHERE r.status = 'queued' AND r.wait_reason IS DISTINCT FROM 'predecessor'
  AND CASE WHEN r.wait_reason = 'credential' AND r.credential IS NOT NULL THEN EXISTS (SELECT 1 FROM credentials c WHERE c.fingerprint = r.credential AND c.state = 'open')
    ELSE r.resume_at IS NULL OR r.resume_at <= clock_timestamp() END
  AND NOT EXISTS (
    SELECT 1 FROM outbox o
    WHERE o.payload ->> 'runId' = r.id::text
      AND (o.sent_at IS NULL
        OR o.sent_at > clock_timestamp() - $1 * interval '1 millisecond' AND (r.resume_at IS NULL OR r.wait_reason = 'credential' OR o.sent_at >= r.resume_at)))
RETURNING payload ->> 'runId' AS id
