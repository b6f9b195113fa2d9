-- organizations whose version is not that of the renames
SELECT o.id FROM organizations o
WHERE o.version <> 1 + (SELECT COUNT(*) FROM audit_events a
	WHERE a.organization_id = o.id AND a.action = 'organization.rename');
