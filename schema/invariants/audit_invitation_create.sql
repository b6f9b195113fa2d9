-- invitations whose creation is not in the audit trail
-- Older ones than a trail that was cut are not looked for.
SELECT i.id FROM invitations i
LEFT JOIN audit_beginnings g ON g.chain_id = i.organization_id
WHERE i.created_at > COALESCE(g.at, '1000-01-01')
AND i.id NOT IN (SELECT resource_id FROM audit_events
	WHERE action = 'invitation.create');
