ALTER TABLE runs
  -- What some turns cost is unknown: cost_usd is the least that it can be.
  ADD COLUMN cost_partial boolean NOT NULL DEFAULT false,
  -- What people have raised budgets to for this run: {"run": {"costUsd": 20}, "project": {…}}.
  ADD COLUMN raised jsonb NOT NULL DEFAULT '{}',
  -- Events up to this seq, and output up to this byte, are no longer kept.
  ADD COLUMN event_floor integer NOT NULL DEFAULT 0,
  ADD COLUMN output_floor bigint NOT NULL DEFAULT 0,
  -- From here on the run cannot go on: its commits and its transcript are gone.
  ADD COLUMN snapshots_pruned_at timestamptz,
  ADD CONSTRAINT run_event_floor CHECK (event_floor BETWEEN 0 AND event_seq),
  ADD CONSTRAINT run_snapshots_of_the_ended CHECK (snapshots_pruned_at IS NULL OR finished_at IS NOT NULL);
UPDATE runs r SET cost_partial = true
WHERE EXISTS (SELECT 1 FROM turns t WHERE t.run_id = r.id AND t.cost_usd IS NULL AND (t.finished_at IS NOT NULL OR t.number < r.turn_count OR r.status <> 'running'));
CREATE INDEX runs_by_project ON runs (project_id);

-- The budget that a question is about (BudgetCrossing).
ALTER TABLE questions ADD COLUMN budget jsonb;

-- One executor's unbroken time at a run: what a budget for time counts.
CREATE TABLE drives (
  run_id uuid NOT NULL,
  fencing_token bigint NOT NULL,
  team_id uuid NOT NULL,
  executor_id text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  PRIMARY KEY (run_id, fencing_token),
  FOREIGN KEY (team_id, run_id) REFERENCES runs (team_id, id) ON DELETE CASCADE
);
-- Of what was driven before this table, the attempts tell.
INSERT INTO drives (run_id, fencing_token, team_id, executor_id, started_at, ended_at)
SELECT a.run_id, a.fencing_token, a.team_id, min(a.executor_id), min(a.started_at), CASE WHEN bool_and(a.finished_at IS NOT NULL) THEN max(a.finished_at) END
FROM attempts a GROUP BY a.run_id, a.fencing_token, a.team_id;

CREATE TYPE pruned_kind AS ENUM ('workspaces', 'output', 'snapshots', 'events');
-- What was removed of which run, and why. Written with the removal.
CREATE TABLE prunings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id uuid NOT NULL,
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  kind pruned_kind NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  reason text NOT NULL CHECK (reason IN ('age', 'quota')),
  pruned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id),
  FOREIGN KEY (team_id, run_id) REFERENCES runs (team_id, id) ON DELETE CASCADE
);
CREATE INDEX prunings_by_project ON prunings (project_id, id DESC);

-- When the database was last looked through for what may go: one api process at a time does it.
ALTER TABLE installation ADD COLUMN pruned_at timestamptz;
