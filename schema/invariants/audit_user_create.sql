-- users and keys whose creation is not in the audit trail
-- Quick without an index, as the server hashes the inner rows.
SELECT id FROM users
WHERE id NOT IN (SELECT resource_id FROM audit_events
	WHERE action = 'user.create')
UNION ALL
SELECT id FROM api_keys
WHERE id NOT IN (SELECT resource_id FROM audit_events
	WHERE action = 'key.create');
