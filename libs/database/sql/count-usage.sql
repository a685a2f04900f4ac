-- What a turn has used so far, while it goes on: should its executor die, it was counted. For the holder of the lease alone.
-- $1 run, $2 fencing token, $3 turn, $4..$7 tokens of the turn
WITH counted AS (
  SELECT tokens_input, tokens_output, tokens_cache_read, tokens_cache_write FROM turns WHERE run_id = $1 AND number = $3 AND finished_at IS NULL
), held AS (
  UPDATE runs SET tokens_input = runs.tokens_input + $4 - c.tokens_input, tokens_output = runs.tokens_output + $5 - c.tokens_output,
    tokens_cache_read = runs.tokens_cache_read + $6 - c.tokens_cache_read, tokens_cache_write = runs.tokens_cache_write + $7 - c.tokens_cache_write
  FROM counted c WHERE runs.id = $1 AND fencing_token = $2 AND status = 'running'
  RETURNING runs.id
)
UPDATE turns SET tokens_input = $4, tokens_output = $5, tokens_cache_read = $6, tokens_cache_write = $7
FROM held WHERE run_id = held.id AND number = $3
