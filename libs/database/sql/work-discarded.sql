-- $1 run
UPDATE runs SET discard_work = false WHERE id = $1
