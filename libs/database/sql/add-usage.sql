-- Adds a turn's usage to its run. A cost that is unknown stays unknown until one is known. $1 run, $2 cost, $3..$6 tokens
UPDATE runs SET cost_usd = CASE WHEN $2::numeric IS NULL THEN cost_usd ELSE coalesce(cost_usd, 0) + $2::numeric END,
  tokens_input = tokens_input + $3, tokens_output = tokens_output + $4, tokens_cache_read = tokens_cache_read + $5, tokens_cache_write = tokens_cache_write + $6
WHERE id = $1
RETURNING cost_usd, tokens_input, tokens_output, tokens_cache_read, tokens_cache_write
