-- $1 run, $2 key
SELECT * FROM steps WHERE run_id = $1 AND key = $2 FOR NO KEY UPDATE
