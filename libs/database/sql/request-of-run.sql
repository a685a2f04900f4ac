-- What a person asks of a run that an executor holds. $1 run, $2 request, $3 by
UPDATE runs SET request = $2::run_request, requested_by = $3 WHERE id = $1 AND status = 'running' RETURNING id
