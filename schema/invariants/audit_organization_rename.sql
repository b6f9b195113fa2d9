-- organizations whose version is not that of the changes
SELECT o.id FROM organizations o
LEFT JOIN audit_beginnings g ON g.chain_id = o.id
WHERE g.chain_id IS NULL AND o.version <> 1 + (SELECT COUNT(*) FROM audit_events a
	WHERE a.organization_id = o.id AND a.action IN
	('organization.rename', 'organization.label', 'organization.restore'));
