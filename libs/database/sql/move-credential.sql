-- A compare-and-set move of a credential. $1 fingerprint, $2 from, $3 to, $4 limit, $5 refusals, $6 resume at, $7 probing run, $8 until
UPDATE credentials
SET state = $3::credential_state, limited_by = $4::provider_limit, refusals = $5, resume_at = $6, probe_run_id = $7, probe_until = $8,
    changed_at = clock_timestamp()
WHERE fingerprint = $1 AND state = $2::credential_state
RETURNING fingerprint
