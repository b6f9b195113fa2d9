-- users and keys whose creation is not in the audit trail
-- The row of a rotation is about the old key and names the new one.
-- Quick without an index, as the server hashes the inner rows.
SELECT u.id FROM users u
LEFT JOIN audit_beginnings g ON g.chain_id = '00000000000000000000000000'
WHERE u.created_at > COALESCE(g.at, '1000-01-01')
AND u.id NOT IN (SELECT resource_id FROM audit_events
	WHERE action = 'user.create')
UNION ALL
SELECT k.id FROM api_keys k
LEFT JOIN audit_beginnings g ON g.chain_id =
	COALESCE(k.organization_id, '00000000000000000000000000')
WHERE k.created_at > COALESCE(g.at, '1000-01-01')
AND k.id NOT IN (SELECT resource_id FROM audit_events
	WHERE action = 'key.create')
AND k.id NOT IN (SELECT JSON_UNQUOTE(JSON_EXTRACT(change_json, '$.key'))
	FROM audit_events
	WHERE action = 'key.rotate' AND change_json IS NOT NULL);
