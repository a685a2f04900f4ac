-- The success criteria and the checklist of a run, each item with what became of it; written with the results document that shows them.
ALTER TABLE run_documents ADD COLUMN criteria jsonb NOT NULL DEFAULT '[]';
