-- organizations that the audit trail tells otherwise of
-- Each delete is followed by a restore, or the organization is deleted, or gone.
SELECT o.id FROM organizations o
LEFT JOIN audit_beginnings g ON g.chain_id = o.id
WHERE g.chain_id IS NULL AND (SELECT COUNT(*) FROM audit_events a
	WHERE a.organization_id = o.id AND a.action = 'organization.delete')
	<> (o.deleted_at IS NOT NULL) + (SELECT COUNT(*) FROM audit_events a
	WHERE a.organization_id = o.id AND a.action = 'organization.restore')
UNION ALL
SELECT a.organization_id FROM audit_events a
LEFT JOIN organizations o ON o.id = a.organization_id
LEFT JOIN audit_events d ON d.organization_id = a.organization_id
	AND d.action = 'organization.delete'
WHERE a.action = 'organization.create' AND o.id IS NULL AND d.id IS NULL
AND a.organization_id NOT IN (SELECT chain_id FROM audit_beginnings);
