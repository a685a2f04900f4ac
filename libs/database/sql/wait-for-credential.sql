-- A queued run waits for its credential. No row: it does already, and for the same reason. $1 run, $2 fingerprint, $3 reason, $4 resume at
UPDATE runs SET wait_reason = 'credential', credential = $2, reason = $3, resume_at = $4
WHERE id = $1 AND status = 'queued' AND (wait_reason, credential, reason, resume_at) IS DISTINCT FROM ('credential'::wait_reason, $2, $3, $4::timestamptz)
RETURNING id
