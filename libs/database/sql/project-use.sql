-- What the runs of a project have used together, within the last $2 days or ever. A turn counts when it began, a drive for the part of it
-- that lies within; what turns under way will cost is unknown as yet. $1 project, $2 days (null: ever)
WITH since AS (SELECT CASE WHEN $2::integer IS NULL THEN '-infinity'::timestamptz ELSE clock_timestamp() - $2::integer * interval '1 day' END AS at),
mine AS (SELECT r.id FROM runs r, since WHERE r.project_id = $1 AND (r.finished_at IS NULL OR r.finished_at > since.at)),
turned AS (
  SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(t.cost_usd) END::float8 AS cost, coalesce(bool_or(t.cost_usd IS NULL), false) AS partial,
    coalesce(sum(t.tokens_input + t.tokens_output + t.tokens_cache_read + t.tokens_cache_write), 0)::float8 AS tokens
  FROM turns t JOIN mine ON mine.id = t.run_id, since WHERE t.started_at > since.at
), driven AS (
  SELECT coalesce(extract(epoch FROM sum(coalesce(d.ended_at, clock_timestamp()) - greatest(d.started_at, since.at))), 0)::float8 AS seconds
  FROM drives d JOIN mine ON mine.id = d.run_id, since WHERE coalesce(d.ended_at, clock_timestamp()) > since.at
), tried AS (
  SELECT count(*)::integer AS attempts FROM attempts a JOIN mine ON mine.id = a.run_id, since WHERE a.started_at > since.at
)
SELECT turned.cost AS "costUsd", turned.partial AS "costIsPartial", turned.tokens, driven.seconds, tried.attempts FROM turned, driven, tried
