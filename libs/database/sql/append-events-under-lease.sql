-- Appends events to a run's stream: `seq` is given out under the run's row lock, so it is dense and in commit order.
-- Only for the holder of the lease. $1 run, $2 types, $3 subjects, $4 data, $5 fencing token
WITH stream AS (
  UPDATE runs SET event_seq = event_seq + cardinality($2::text[])
  WHERE id = $1 AND fencing_token = $5 AND status = 'running'
  RETURNING id, team_id, project_id, plan_id, event_seq - cardinality($2::text[]) AS base
)
INSERT INTO events (stream_id, seq, team_id, project_id, plan_id, run_id, type, subject, data)
SELECT stream.id, stream.base + fact.position, stream.team_id, stream.project_id, stream.plan_id, stream.id, fact.type, fact.subject, fact.data
FROM stream, unnest($2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS fact (type, subject, data, position)
RETURNING seq
