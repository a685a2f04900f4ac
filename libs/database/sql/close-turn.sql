-- Ends a turn and adds to its run what it used beyond what was counted while it went on. A cost that is unknown adds nothing, and what
-- the run cost is then partly unknown. $1 run, $2 number, $3 reply, $4 outcome, $5 cost, $6..$9 tokens
WITH counted AS (
  SELECT tokens_input, tokens_output, tokens_cache_read, tokens_cache_write FROM turns WHERE run_id = $1 AND number = $2 AND finished_at IS NULL FOR UPDATE
), closed AS (
  UPDATE turns SET reply = $3, outcome = $4, cost_usd = $5, tokens_input = $6, tokens_output = $7, tokens_cache_read = $8, tokens_cache_write = $9,
    finished_at = clock_timestamp()
  WHERE run_id = $1 AND number = $2 AND finished_at IS NULL
)
UPDATE runs SET cost_usd = CASE WHEN $5::numeric IS NULL THEN cost_usd ELSE coalesce(cost_usd, 0) + $5::numeric END,
  cost_partial = cost_partial OR $5::numeric IS NULL,
  tokens_input = runs.tokens_input + $6 - c.tokens_input, tokens_output = runs.tokens_output + $7 - c.tokens_output,
  tokens_cache_read = runs.tokens_cache_read + $8 - c.tokens_cache_read, tokens_cache_write = runs.tokens_cache_write + $9 - c.tokens_cache_write
FROM counted c WHERE runs.id = $1
