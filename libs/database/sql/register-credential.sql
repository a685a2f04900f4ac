-- A credential as its executor knows it; one that is known keeps its weather. $1 fingerprint, $2 host
INSERT INTO credentials (fingerprint, host) VALUES ($1, $2) ON CONFLICT (fingerprint) DO NOTHING
