-- The hot check before a turn: no row, and the run may go on. A row that isn't open is held until the transaction ends, so that
-- whoever opens it meanwhile finds the runs that were told to wait. Database clock only. $1 fingerprint
SELECT c.*, clock_timestamp() AS now FROM credentials c
WHERE c.fingerprint = $1 AND c.state <> 'open'
FOR NO KEY UPDATE
