-- The rows of a run as an amended plan has them, each compare-and-set on the state that it leaves. `again`: opened anew, with nothing
-- of what it came to; its attempts, events and commit stay in the history. $1 run, $2 rows as JSON
UPDATE steps s
SET position = a.position, parent = a.parent, is_leaf = a.is_leaf, title = a.title, status = a."to"::step_status, round = a.round,
    section = CASE WHEN a.planned THEN NULL ELSE s.section END,
    retry_count = CASE WHEN a.again THEN 0 ELSE s.retry_count END,
    commit_sha = CASE WHEN a.again THEN NULL ELSE s.commit_sha END,
    summary = CASE WHEN a.again THEN NULL ELSE coalesce(a.summary, s.summary) END,
    files_modified = CASE WHEN a.again THEN '{}' ELSE s.files_modified END,
    lessons = CASE WHEN a.again THEN '{}' ELSE s.lessons END,
    deviations = CASE WHEN a.again THEN '{}' ELSE s.deviations END,
    approved_by = CASE WHEN a.again THEN NULL ELSE s.approved_by END,
    started_at = CASE WHEN a.again THEN NULL ELSE s.started_at END,
    finished_at = CASE WHEN a."to" IN ('completed', 'skipped') THEN coalesce(s.finished_at, clock_timestamp()) END
FROM jsonb_to_recordset($2::jsonb) AS a (key text, parent text, position integer, is_leaf boolean, title text, "from" text, "to" text, round integer,
  again boolean, planned boolean, summary text)
WHERE s.run_id = $1 AND s.key = a.key AND s.status = a."from"::step_status
RETURNING s.key
