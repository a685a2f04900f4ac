-- One process at a time looks for what may go: who finds that nobody has within $1 ms. A claim ends by itself.
UPDATE installation SET pruned_at = clock_timestamp()
WHERE pruned_at IS NULL OR pruned_at <= clock_timestamp() - $1 * interval '1 millisecond'
RETURNING epoch
