-- The run that the one before came after, held still: it is delivered either before, or after and then it finds who waits. $1 the run before
SELECT g.id FROM runs p JOIN runs g ON g.id = p.after_run_id WHERE p.id = $1 FOR SHARE OF g
