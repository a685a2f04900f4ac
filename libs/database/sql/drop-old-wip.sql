-- Only the newest work in progress is of use; commits stay. $1 run, $2 newest snapshot
DELETE FROM snapshots WHERE run_id = $1 AND id < $2 AND bundle IS NULL AND bundle_ref IS NULL
RETURNING wip_ref AS ref
