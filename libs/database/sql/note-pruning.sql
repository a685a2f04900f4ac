-- What was removed, with its removal; the batches of one removal are one row. $1 row (null: a new one), $2 run, $3 kind, $4 bytes, $5 reason
WITH added AS (
  UPDATE prunings SET bytes = bytes + $4::bigint, pruned_at = clock_timestamp() WHERE id = $1::bigint RETURNING id
), noted AS (
  INSERT INTO prunings (team_id, project_id, run_id, kind, bytes, reason)
  SELECT team_id, project_id, id, $3::pruned_kind, $4::bigint, $5 FROM runs WHERE id = $2 AND $1::bigint IS NULL
  RETURNING id
)
SELECT id FROM added UNION ALL SELECT id FROM noted
