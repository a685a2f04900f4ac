-- Why the runs that come after this one still wait. $1 run, $2 reason
UPDATE runs SET reason = $2
WHERE after_run_id = $1 AND status = 'queued' AND wait_reason = 'predecessor' AND reason IS DISTINCT FROM $2
RETURNING id
