-- What is said about a run's budgets, and what people have raised. $1 run
SELECT r.project_id, r.settings -> 'budget' AS run, p.settings -> 'projectBudget' AS project, r.raised
FROM runs r JOIN projects p ON p.id = r.project_id WHERE r.id = $1
