-- The run goes on with another version of its plan, in a new session that is told the whole of it.
-- $1 run, $2 plan, $3 ground changed, $4 discard work
UPDATE runs
SET plan_id = $2, session_id = gen_random_uuid(), session_started = false, session_cost_usd = NULL,
    prepared_at = CASE WHEN $3::boolean THEN NULL ELSE prepared_at END,
    discard_work = discard_work OR $4::boolean
WHERE id = $1
