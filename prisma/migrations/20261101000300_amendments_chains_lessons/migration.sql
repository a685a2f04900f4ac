ALTER TYPE wait_reason ADD VALUE 'predecessor';

-- What a plan says over its profile and its project; and the run that a version amends, when it is an amendment.
ALTER TABLE plans
  ADD COLUMN settings jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN amends_run_id uuid,
  ADD CONSTRAINT plan_amends FOREIGN KEY (team_id, amends_run_id) REFERENCES runs (team_id, id);

-- A run that comes after another one starts when that one is delivered, from its head.
ALTER TABLE runs
  ADD COLUMN after_run_id uuid,
  -- The working tree holds work of a step that doesn't come next any more: whoever drives the run next puts it back to the head.
  ADD COLUMN discard_work boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT run_comes_after FOREIGN KEY (team_id, after_run_id) REFERENCES runs (team_id, id),
  ADD CONSTRAINT run_not_after_itself CHECK (after_run_id <> id);
CREATE INDEX runs_after ON runs (after_run_id) WHERE after_run_id IS NOT NULL;

-- What was learned, project-wide. Rows stay when their step is reopened: a lesson isn't unlearned.
CREATE TABLE lessons (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id uuid NOT NULL,
  project_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_key text NOT NULL,
  round integer NOT NULL,
  -- Its place among the step's lessons, from 0.
  position integer NOT NULL,
  what text NOT NULL CHECK (what <> ''),
  evidence text,
  commit_sha text,
  learned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id),
  FOREIGN KEY (team_id, run_id) REFERENCES runs (team_id, id) ON DELETE CASCADE,
  UNIQUE (run_id, step_key, round, position)
);
CREATE INDEX lessons_by_project ON lessons (project_id, learned_at DESC, id);
