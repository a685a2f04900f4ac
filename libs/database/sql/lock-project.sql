-- Serialises the numbering of plan versions, and who comes after whom. A weaker lock than FOR UPDATE, here as for runs: the check of a
-- foreign key that points here must not wait for it. $1 team, $2 project
SELECT id, name, repository, base, settings FROM projects WHERE team_id = $1 AND id = $2 FOR NO KEY UPDATE
