-- What the queue must be told, with the state that it announces. $1 job, $2 payload
INSERT INTO outbox (job, payload) VALUES ($1, $2)
