-- A commit's ingredients, kept before the commit is made. The first to say wins: a repeated attempt at the same round replaces them
-- only while no step row names a commit of that round.
-- $1 run, $2 step ('' for the closing commit), $3 round, $4 attempt, $5 tree, $6 parent, $7 message, $8 at, $9 facts
INSERT INTO commit_intents (run_id, step_key, round, team_id, attempt, tree_sha, parent_sha, message, committed_at, facts)
SELECT r.id, $2, $3, r.team_id, $4, $5, $6, $7, $8, $9 FROM runs r WHERE r.id = $1
ON CONFLICT (run_id, step_key, round) DO UPDATE
SET attempt = excluded.attempt, tree_sha = excluded.tree_sha, parent_sha = excluded.parent_sha, message = excluded.message, committed_at = excluded.committed_at, facts = excluded.facts
