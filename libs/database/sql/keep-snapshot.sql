-- $1 run, $2 kind, $3 from, $4 head, $5 bundle, $6 where it lies, $7 wip sha, $8 wip bundle, $9 where it lies
WITH kept AS (
  INSERT INTO snapshots (team_id, run_id, kind, from_sha, head_sha, bundle, bundle_ref, wip_sha, wip_bundle, wip_ref)
  SELECT team_id, id, $2::snapshot_kind, $3, $4, $5, $6, $7, $8, $9 FROM runs WHERE id = $1
  RETURNING id, run_id
)
UPDATE runs SET head_sha = $4 FROM kept WHERE runs.id = kept.run_id RETURNING kept.id
