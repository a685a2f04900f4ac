-- Null keeps what is there. $1 run, $2 base, $3 head, $4 prepared, $5 session, $6 session started, $7 its cost
UPDATE runs SET base_sha = coalesce($2, base_sha), head_sha = coalesce($3, head_sha),
  prepared_at = CASE WHEN $4::boolean THEN coalesce(prepared_at, clock_timestamp()) WHEN $4::boolean IS FALSE THEN NULL ELSE prepared_at END,
  session_id = coalesce($5::uuid, session_id), session_started = coalesce($6::boolean, session_started),
  session_cost_usd = CASE WHEN $5::uuid IS NULL THEN coalesce($7::numeric, session_cost_usd) ELSE $7::numeric END
WHERE id = $1
