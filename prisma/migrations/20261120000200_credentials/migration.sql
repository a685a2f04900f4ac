CREATE TYPE credential_state AS ENUM ('open', 'paused', 'half_open');
CREATE TYPE provider_limit AS ENUM ('rate', 'usage', 'overload');

-- Goes into every fingerprint, so that a row of one installation says nothing about a key that another one uses as well.
ALTER TABLE installation ADD COLUMN credential_salt uuid NOT NULL DEFAULT gen_random_uuid();

-- What the provider says of a key at the moment. Of the whole installation: keys are the executors' own and belong to no team.
CREATE TABLE credentials (
  -- One-way, of key and address; the key itself is stored nowhere.
  fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{32}$'),
  -- The provider's host, for people.
  host text NOT NULL,
  state credential_state NOT NULL DEFAULT 'open',
  limited_by provider_limit,
  -- Refusals in a row.
  refusals integer NOT NULL DEFAULT 0 CHECK (refusals >= 0),
  resume_at timestamptz,
  probe_run_id uuid,
  probe_until timestamptz,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT credential_says_why CHECK ((state = 'open') = (limited_by IS NULL) AND (state = 'open') = (resume_at IS NULL)),
  CONSTRAINT credential_probe_whole CHECK ((state = 'half_open') = (probe_run_id IS NOT NULL) AND (probe_run_id IS NULL) = (probe_until IS NULL))
);

ALTER TABLE runs
  -- The credential that the run waits for, or waited for last.
  ADD COLUMN credential text REFERENCES credentials (fingerprint),
  ADD COLUMN queued_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX runs_waiting_for_credential ON runs (credential, queued_at) WHERE status = 'queued' AND wait_reason = 'credential';
CREATE INDEX runs_waiting_for_slot ON runs (queued_at) WHERE status = 'queued' AND wait_reason = 'slot';

-- Who takes runs. A row lives as long as its executor says so; none of this decides who drives a run, leases do.
CREATE TABLE executors (
  id text PRIMARY KEY CHECK (id <> ''),
  slots integer NOT NULL CHECK (slots > 0),
  busy integer NOT NULL CHECK (busy >= 0),
  draining boolean NOT NULL DEFAULT false,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  alive_until timestamptz NOT NULL
);
