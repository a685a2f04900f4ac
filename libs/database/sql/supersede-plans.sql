-- Older approved versions of the same plan. $1 project, $2 slug, $3 the new version
UPDATE plans SET status = 'superseded' WHERE project_id = $1 AND slug = $2 AND status = 'approved' AND version < $3
