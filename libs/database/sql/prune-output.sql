-- The oldest output of a run, and where it begins from now on. $1 run, $2 rows at most
WITH gone AS (
  DELETE FROM output_chunks WHERE run_id = $1 AND byte_offset IN (SELECT byte_offset FROM output_chunks WHERE run_id = $1 ORDER BY byte_offset LIMIT $2)
  RETURNING byte_offset + octet_length(text) AS ends, pg_column_size(text) + 80 AS bytes
), total AS (
  SELECT count(*)::integer AS rows, coalesce(sum(bytes), 0)::float8 AS bytes, max(ends) AS ends FROM gone
), raised AS (
  UPDATE runs SET output_floor = greatest(output_floor, total.ends) FROM total WHERE id = $1 AND total.rows > 0
)
SELECT rows, bytes FROM total
