-- Postgres is the truth: every state below has its guard here too, so that no code path can store an impossible row.

CREATE TYPE plan_status AS ENUM ('draft', 'approved', 'rejected', 'superseded');
CREATE TYPE step_status AS ENUM ('pending', 'in_progress', 'blocked', 'needs_review', 'completed', 'skipped');
CREATE TYPE run_status AS ENUM ('queued', 'running', 'blocked', 'paused', 'completed', 'failed', 'cancelled');
CREATE TYPE stage_name AS ENUM ('plan_review', 'implementation', 'delivery');
CREATE TYPE wait_reason AS ENUM ('slot', 'credential', 'budget', 'question', 'review', 'person', 'advance');
CREATE TYPE attempt_outcome AS ENUM ('passed', 'failed', 'blocked', 'timed_out', 'interrupted', 'lost', 'rate_limited', 'infra_error', 'cancelled');
CREATE TYPE question_status AS ENUM ('open', 'answered', 'withdrawn', 'expired');
CREATE TYPE question_category AS ENUM ('blocker', 'decision');
CREATE TYPE verdict AS ENUM ('passed', 'failed', 'no_tests', 'all_skipped', 'expected_failure_met', 'flaky', 'timed_out', 'infra_error');
CREATE TYPE verification_purpose AS ENUM ('setup', 'prerequisite', 'baseline', 'step', 'affected', 'final');
CREATE TYPE advance_mode AS ENUM ('auto', 'manual');
CREATE TYPE run_request AS ENUM ('cancel', 'pause');
CREATE TYPE snapshot_kind AS ENUM ('step', 'park', 'turn');

-- One row. `epoch` is renewed when a database is restored from a backup: cursors given out before are void then.
CREATE TABLE installation (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  epoch uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE teams (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL REFERENCES teams (id),
  name text NOT NULL,
  -- sha256 of the token; the token itself is shown once and never stored.
  hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz
);

CREATE TABLE projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL REFERENCES teams (id),
  name text NOT NULL,
  repository text NOT NULL,
  base text,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (team_id, name),
  UNIQUE (team_id, id)
);

CREATE TABLE plans (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  project_id uuid NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  status plan_status NOT NULL DEFAULT 'draft',
  title text NOT NULL,
  slug text NOT NULL,
  path text,
  profile text NOT NULL,
  document text NOT NULL,
  parsed jsonb NOT NULL,
  event_seq integer NOT NULL DEFAULT 0,
  submitted_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz,
  decided_by text,
  reject_reason text,
  FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id),
  UNIQUE (project_id, slug, version),
  UNIQUE (team_id, id),
  CONSTRAINT plan_decided CHECK ((status = 'draft') = (decided_at IS NULL))
);

CREATE TABLE runs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  project_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  status run_status NOT NULL DEFAULT 'queued',
  stage stage_name NOT NULL DEFAULT 'implementation',
  wait_reason wait_reason,
  reason text,
  resume_at timestamptz,
  branch text NOT NULL UNIQUE,
  base_ref text,
  base_sha text,
  head_sha text,
  session_id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Set once the agent has answered in the session: before that there is nothing to resume.
  session_started boolean NOT NULL DEFAULT false,
  -- What Claude says the session has cost; it counts on when the session is resumed. Unknown isn't zero.
  session_cost_usd numeric(14, 6),
  model text,
  advance advance_mode NOT NULL DEFAULT 'auto',
  settings jsonb NOT NULL,
  -- The results of set-up, prerequisites and baseline, once they passed.
  prepared_at timestamptz,
  -- What a person asked for while an executor holds the lease; the holder acts on it within one heartbeat.
  request run_request,
  requested_by text,
  event_seq integer NOT NULL DEFAULT 0,
  turn_count integer NOT NULL DEFAULT 0,
  -- Rises with every take-over: the number that makes a late executor harmless.
  fencing_token bigint NOT NULL DEFAULT 0,
  lease_owner text,
  lease_expires_at timestamptz,
  -- The token of the last executor that drove the run: a disk that knows it holds the newest working tree.
  driver_token bigint,
  cost_usd numeric(14, 6),
  tokens_input bigint NOT NULL DEFAULT 0,
  tokens_output bigint NOT NULL DEFAULT 0,
  tokens_cache_read bigint NOT NULL DEFAULT 0,
  tokens_cache_write bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id),
  FOREIGN KEY (team_id, plan_id) REFERENCES plans (team_id, id),
  UNIQUE (team_id, id),
  CONSTRAINT run_finished CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CONSTRAINT run_lease_whole CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL)),
  CONSTRAINT run_lease_only_running CHECK ((status = 'running') = (lease_owner IS NOT NULL)),
  CONSTRAINT run_waits_for CHECK (status NOT IN ('blocked', 'paused') OR wait_reason IS NOT NULL),
  CONSTRAINT run_failed_says_why CHECK (status <> 'failed' OR reason IS NOT NULL)
);
CREATE INDEX runs_by_team ON runs (team_id, created_at DESC, id);
CREATE INDEX runs_to_sweep ON runs (lease_expires_at) WHERE status = 'running';
CREATE INDEX runs_queued ON runs (created_at) WHERE status = 'queued';
CREATE INDEX runs_by_plan ON runs (plan_id);

CREATE TABLE steps (
  run_id uuid NOT NULL,
  key text NOT NULL CHECK (key <> ''),
  team_id uuid NOT NULL,
  parent text,
  position integer NOT NULL,
  is_leaf boolean NOT NULL,
  title text NOT NULL,
  status step_status NOT NULL DEFAULT 'pending',
  -- How often the step was opened: 1, and one more each time it is reopened.
  round integer NOT NULL DEFAULT 1 CHECK (round >= 1),
  retry_count integer NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
  commit_sha text,
  summary text,
  files_modified text[] NOT NULL DEFAULT '{}',
  lessons text[] NOT NULL DEFAULT '{}',
  deviations text[] NOT NULL DEFAULT '{}',
  -- Sub-steps that the agent split off carry their own text; the others' stands in the plan.
  section text,
  -- Who looked at a `needs_review` step and let it through.
  approved_by text,
  started_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (run_id, key),
  FOREIGN KEY (team_id, run_id) REFERENCES runs (team_id, id) ON DELETE CASCADE,
  UNIQUE (run_id, position),
  CONSTRAINT step_finished CHECK ((status IN ('completed', 'skipped')) = (finished_at IS NOT NULL))
);

CREATE TABLE attempts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_key text NOT NULL,
  number integer NOT NULL CHECK (number >= 1),
  round integer NOT NULL,
  is_fix boolean NOT NULL DEFAULT false,
  outcome attempt_outcome,
  detail text,
  executor_id text NOT NULL,
  fencing_token bigint NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  FOREIGN KEY (run_id, step_key) REFERENCES steps (run_id, key) ON DELETE CASCADE,
  UNIQUE (run_id, step_key, number),
  CONSTRAINT attempt_finished CHECK ((outcome IS NULL) = (finished_at IS NULL))
);
-- One open attempt per run: two executors can't both be trying.
CREATE UNIQUE INDEX attempts_one_open ON attempts (run_id) WHERE outcome IS NULL;

CREATE TABLE turns (
  run_id uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  number integer NOT NULL,
  team_id uuid NOT NULL,
  step_key text,
  attempt integer,
  kind text NOT NULL,
  prompt text NOT NULL,
  reply text NOT NULL DEFAULT '',
  outcome text,
  cost_usd numeric(14, 6),
  tokens_input bigint NOT NULL DEFAULT 0,
  tokens_output bigint NOT NULL DEFAULT 0,
  tokens_cache_read bigint NOT NULL DEFAULT 0,
  tokens_cache_write bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (run_id, number)
);

-- The evidence: what Lockstep itself ran, and what came of it.
CREATE TABLE verifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  run_id uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step_key text,
  attempt integer,
  position integer NOT NULL,
  purpose verification_purpose NOT NULL,
  command text NOT NULL,
  exit_code integer,
  verdict verdict NOT NULL,
  runner text,
  passed integer,
  failed integer,
  skipped integer,
  total integer,
  failing text[] NOT NULL DEFAULT '{}',
  tests jsonb,
  notes text[] NOT NULL DEFAULT '{}',
  duration_ms integer NOT NULL,
  output_sha256 text NOT NULL,
  output text NOT NULL,
  tree_sha text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX verifications_by_run ON verifications (run_id, created_at, position);

-- A commit's every ingredient, stored before it is made: doing it again gives the same hash. `step_key` '' is the closing commit.
CREATE TABLE commit_intents (
  run_id uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step_key text NOT NULL,
  round integer NOT NULL,
  team_id uuid NOT NULL,
  attempt integer NOT NULL,
  tree_sha text NOT NULL,
  parent_sha text NOT NULL,
  message text NOT NULL,
  committed_at timestamptz NOT NULL,
  -- What the step came to, so that whoever finds the intent can finish the step without the agent.
  facts jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, step_key, round)
);

CREATE TABLE questions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_key text,
  attempt integer,
  category question_category NOT NULL,
  status question_status NOT NULL DEFAULT 'open',
  text text NOT NULL,
  options text[] NOT NULL DEFAULT '{}',
  answer text,
  answered_by text,
  asked_at timestamptz NOT NULL DEFAULT now(),
  answered_at timestamptz,
  -- When the answer went into a prompt: an answer is handed over once.
  delivered_at timestamptz,
  FOREIGN KEY (team_id, run_id) REFERENCES runs (team_id, id) ON DELETE CASCADE,
  CONSTRAINT question_answered CHECK ((status = 'answered') = (answer IS NOT NULL AND answered_at IS NOT NULL AND answered_by IS NOT NULL))
);
CREATE INDEX questions_by_run ON questions (run_id, asked_at);
CREATE INDEX questions_open ON questions (team_id, asked_at) WHERE status = 'open';

-- `seq` is dense within a stream: it is given out under the row lock of the stream's run or plan. `xact` gives channels that span
-- streams a cursor that opens no hole (read only below pg_snapshot_xmin).
CREATE TABLE events (
  stream_id uuid NOT NULL,
  seq integer NOT NULL CHECK (seq >= 1),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  project_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  run_id uuid,
  type text NOT NULL,
  subject text NOT NULL,
  data jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (stream_id, seq)
);
CREATE INDEX events_by_team ON events (team_id, xact, stream_id, seq);

-- The agent's byte stream. `byte_offset` counts UTF-8 bytes from the run's first output.
CREATE TABLE output_chunks (
  run_id uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  byte_offset bigint NOT NULL,
  team_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  stream text NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (run_id, byte_offset)
);

-- What is needed to go on elsewhere. A step's row carries the bundle of its commit; a park's or turn's row the work in progress.
CREATE TABLE snapshots (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id uuid NOT NULL,
  run_id uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind snapshot_kind NOT NULL,
  from_sha text NOT NULL,
  head_sha text NOT NULL,
  bundle bytea,
  wip_sha text,
  wip_bundle bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX snapshots_by_run ON snapshots (run_id, id);

-- Claude's transcript as append-only deltas.
CREATE TABLE transcript_chunks (
  run_id uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  session_id uuid NOT NULL,
  byte_offset bigint NOT NULL,
  team_id uuid NOT NULL,
  content bytea NOT NULL,
  PRIMARY KEY (run_id, session_id, byte_offset)
);

-- What the queue must be told. Written with the state it announces; the relay rings and marks it sent.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_by_run ON outbox ((payload ->> 'runId'), sent_at);

CREATE TABLE idempotency_keys (
  team_id uuid NOT NULL REFERENCES teams (id),
  key text NOT NULL,
  request_sha256 text NOT NULL,
  status integer,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (team_id, key)
);
