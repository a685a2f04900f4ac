-- A run of a team, locked for a move by a person. $1 team, $2 run
SELECT * FROM runs WHERE team_id = $1 AND id = $2 FOR NO KEY UPDATE
