-- Serialises the numbering of plan versions. $1 team, $2 project
SELECT id, name, repository, base, settings FROM projects WHERE team_id = $1 AND id = $2 FOR UPDATE
