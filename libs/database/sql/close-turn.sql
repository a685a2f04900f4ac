-- $1 run, $2 number, $3 reply, $4 outcome, $5 cost, $6..$9 tokens
UPDATE turns SET reply = $3, outcome = $4, cost_usd = $5, tokens_input = $6, tokens_output = $7, tokens_cache_read = $8, tokens_cache_write = $9,
  finished_at = clock_timestamp()
WHERE run_id = $1 AND number = $2
