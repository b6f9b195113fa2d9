-- organizations whose newest audit row is not the one that they name
SELECT o.id FROM organizations o
LEFT JOIN audit_events e ON e.chain_id = o.id AND e.seq = o.audit_seq
	AND e.hash = o.audit_hash AND e.chain_at = o.audit_at
WHERE o.audit_seq > 0 AND e.id IS NULL
UNION ALL
SELECT c.id FROM audit_chains c
LEFT JOIN audit_events e ON e.chain_id = c.id AND e.seq = c.audit_seq
	AND e.hash = c.audit_hash AND e.chain_at = c.audit_at
WHERE c.audit_seq > 0 AND e.id IS NULL
UNION ALL
SELECT e.chain_id FROM audit_events e
LEFT JOIN organizations o ON o.id = e.chain_id
LEFT JOIN audit_chains c ON c.id = e.chain_id
WHERE e.chain_id IS NOT NULL AND e.seq > COALESCE(o.audit_seq, c.audit_seq, 0);
