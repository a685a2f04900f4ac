-- The oldest events of a run: its stream begins after the floor from now on. $1 run, $2 rows at most
WITH gone AS (
  DELETE FROM events WHERE stream_id = $1 AND seq IN (SELECT seq FROM events WHERE stream_id = $1 ORDER BY seq LIMIT $2)
  RETURNING seq, pg_column_size(data) + 200 AS bytes
), total AS (
  SELECT count(*)::integer AS rows, coalesce(sum(bytes), 0)::float8 AS bytes, max(seq) AS seq FROM gone
), raised AS (
  UPDATE runs SET event_floor = greatest(event_floor, total.seq) FROM total WHERE id = $1 AND total.rows > 0
)
SELECT rows, bytes FROM total
