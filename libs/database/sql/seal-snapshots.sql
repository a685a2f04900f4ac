-- What the run would go on from is about to be removed. No row: nothing of it is kept. $1 run
UPDATE runs SET snapshots_pruned_at = clock_timestamp()
WHERE id = $1 AND (EXISTS (SELECT 1 FROM snapshots s WHERE s.run_id = $1) OR EXISTS (SELECT 1 FROM transcript_chunks t WHERE t.run_id = $1))
RETURNING id
