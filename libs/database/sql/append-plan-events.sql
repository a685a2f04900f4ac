-- Appends events to a plan's stream. $1 plan, $2 types, $3 subjects, $4 data
WITH stream AS (
  UPDATE plans SET event_seq = event_seq + cardinality($2::text[])
  WHERE id = $1
  RETURNING id, team_id, project_id, event_seq - cardinality($2::text[]) AS base
)
INSERT INTO events (stream_id, seq, team_id, project_id, plan_id, type, subject, data)
SELECT stream.id, stream.base + fact.position, stream.team_id, stream.project_id, stream.id, fact.type, fact.subject, fact.data
FROM stream, unnest($2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS fact (type, subject, data, position)
RETURNING seq
