-- Unsent rows, claimed until the transaction ends. By row locks and never by `id > last`: ids are given out before commit.
SELECT id, job, payload FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
