-- A credential, held for a move. $1 fingerprint
SELECT c.*, clock_timestamp() AS now FROM credentials c WHERE c.fingerprint = $1 FOR NO KEY UPDATE
