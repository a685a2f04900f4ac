-- $1 run, $2 kind, $3 from, $4 head, $5 bundle, $6 wip sha, $7 wip bundle
WITH kept AS (
  INSERT INTO snapshots (team_id, run_id, kind, from_sha, head_sha, bundle, wip_sha, wip_bundle)
  SELECT team_id, id, $2::snapshot_kind, $3, $4, $5, $6, $7 FROM runs WHERE id = $1
  RETURNING id, run_id
)
UPDATE runs SET head_sha = $4 FROM kept WHERE runs.id = kept.run_id RETURNING kept.id
