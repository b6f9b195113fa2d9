-- organizations whose creation is not in the audit trail
SELECT o.id FROM organizations o
LEFT JOIN audit_beginnings g ON g.chain_id = o.id
WHERE g.chain_id IS NULL AND NOT EXISTS (SELECT 1 FROM audit_events a
	WHERE a.organization_id = o.id
	AND a.action IN ('organization.create', 'organization.import')
	AND a.resource_id = o.id);
