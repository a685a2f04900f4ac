-- $1 id
DELETE FROM executors WHERE id = $1
