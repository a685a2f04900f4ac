-- What a run has used of its budgets. $1 run
SELECT r.cost_usd::float8 AS "costUsd", r.cost_partial AS "costIsPartial",
  (r.tokens_input + r.tokens_output + r.tokens_cache_read + r.tokens_cache_write)::float8 AS tokens,
  (SELECT coalesce(extract(epoch FROM sum(coalesce(d.ended_at, clock_timestamp()) - d.started_at)), 0)::float8 FROM drives d WHERE d.run_id = r.id) AS seconds,
  (SELECT count(*)::integer FROM attempts a WHERE a.run_id = r.id) AS attempts
FROM runs r WHERE r.id = $1
