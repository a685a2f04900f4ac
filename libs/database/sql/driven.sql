-- Whether an executor drives the run. $1 run
SELECT id FROM runs WHERE id = $1 AND status = 'running'
