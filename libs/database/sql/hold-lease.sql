-- Begins every write of an executor: locks the run's row, on (id, fencing token). No row: somebody else drives the run.
SELECT id FROM runs WHERE id = $1 AND fencing_token = $2 AND status = 'running' FOR NO KEY UPDATE
