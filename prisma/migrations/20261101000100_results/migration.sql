-- The newest text of a run's results document and of its diff. Apart from `runs`, because that row is read whole on every move and
-- these texts are long.
CREATE TABLE run_documents (
  run_id uuid PRIMARY KEY,
  team_id uuid NOT NULL,
  results text,
  diff text,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (team_id, run_id) REFERENCES runs (team_id, id) ON DELETE CASCADE
);

-- Single-use passes to the feed, for browsers, which cannot set a header on a websocket. Only the digest is stored.
CREATE TABLE feed_tickets (
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  team_id uuid NOT NULL REFERENCES teams (id),
  token_name text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX feed_tickets_by_end ON feed_tickets (expires_at);
