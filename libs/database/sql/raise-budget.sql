-- What a person gives a run beyond a budget. $1 run, $2 scope, $3 kind, $4 to
UPDATE runs SET raised = raised || jsonb_build_object($2::text, coalesce(raised -> $2::text, '{}') || jsonb_build_object($3::text, $4::float8)) WHERE id = $1
