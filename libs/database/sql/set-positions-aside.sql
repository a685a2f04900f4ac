-- Makes room for another order: positions are unique while they change. $1 run
UPDATE steps SET position = -1 - position WHERE run_id = $1
