-- projects of the audit trail that are not there
SELECT a.resource_id AS id FROM audit_events a
JOIN organizations o ON o.id = a.organization_id
LEFT JOIN projects p ON p.organization_id = o.id AND p.id = a.resource_id
WHERE o.deleted_at IS NULL
AND a.action = 'project.create' AND p.id IS NULL
AND NOT EXISTS (SELECT 1 FROM audit_events d
	WHERE d.organization_id = a.organization_id
	AND d.action = 'project.delete' AND d.resource_id = a.resource_id);
