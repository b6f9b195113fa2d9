-- audit rows that do not fit the row before
-- The bytes are those of src/store/audit.c.  The session reads utf8mb4.  Of a trail
-- that was cut the rows before its beginning may be there still.
SELECT e.id FROM audit_events e
LEFT JOIN audit_beginnings g ON g.chain_id = e.chain_id
LEFT JOIN audit_events b ON b.chain_id = e.chain_id AND b.seq = e.seq - 1
WHERE e.chain_id IS NOT NULL AND e.seq > COALESCE(g.seq, 0)
AND (NOT (e.seq = 1 OR COALESCE(
	IF(e.seq = g.seq + 1, g.at, b.chain_at) < e.chain_at, FALSE))
OR NOT e.hash <=> UNHEX(SHA2(CONCAT_WS('\n',
	'tenantry-audit-1', e.chain_id, e.seq,
	DATE_FORMAT(e.chain_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
	IF(e.seq = 1, REPEAT('0', 64),
		LOWER(HEX(IF(e.seq = g.seq + 1, g.hash, b.hash)))), e.id,
	COALESCE(e.organization_id, ''), COALESCE(e.user_id, ''),
	COALESCE(e.key_id, ''), COALESCE(e.session_id, ''), e.action,
	e.resource_kind, e.resource_id, COALESCE(e.project_id, ''),
	e.request_id, e.detail, e.change_json), 256)));
