-- organizations with more projects than licensed
-- One that was imported begins with the free licence, whatever it has.
SELECT l.organization_id AS id FROM licences l
WHERE l.limit_projects > 0 AND l.limit_projects <
	(SELECT COUNT(*) FROM projects p
	WHERE p.organization_id = l.organization_id)
AND NOT EXISTS (SELECT 1 FROM audit_events a
	WHERE a.organization_id = l.organization_id
	AND a.action = 'organization.import');
