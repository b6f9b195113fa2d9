-- organizations that the audit trail tells otherwise of
SELECT a.organization_id AS id FROM audit_events a
LEFT JOIN organizations o ON o.id = a.organization_id
WHERE a.action = 'organization.delete' AND o.id IS NOT NULL
UNION ALL
SELECT a.organization_id FROM audit_events a
LEFT JOIN organizations o ON o.id = a.organization_id
LEFT JOIN audit_events d ON d.organization_id = a.organization_id
	AND d.action = 'organization.delete'
WHERE a.action = 'organization.create' AND o.id IS NULL AND d.id IS NULL;
