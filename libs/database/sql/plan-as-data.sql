-- $1 plan
SELECT id, version, parsed FROM plans WHERE id = $1
