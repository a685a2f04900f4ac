-- The work in progress within a turn, on the head that the run has anyway: the run's row is only read, so that its bytes can travel
-- before the row is locked. $1 run, $2 kind, $3 head, $4 wip sha, $5 wip bundle, $6 where it lies
INSERT INTO snapshots (team_id, run_id, kind, from_sha, head_sha, wip_sha, wip_bundle, wip_ref)
SELECT team_id, id, $2::snapshot_kind, $3, $3, $4, $5, $6 FROM runs WHERE id = $1
RETURNING id
