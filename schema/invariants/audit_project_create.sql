-- projects whose creation is not in the audit trail
-- One came with the organization: the first of those without an event.
SELECT p.id FROM projects p
JOIN organizations o ON o.id = p.organization_id
LEFT JOIN audit_beginnings g ON g.chain_id = o.id
WHERE o.deleted_at IS NULL AND p.created_at > COALESCE(g.at, '1000-01-01')
AND NOT EXISTS (SELECT 1 FROM audit_events a
	WHERE a.organization_id = o.id AND a.action = 'project.create'
	AND a.resource_id = p.id)
AND (p.created_at <> o.created_at
	OR EXISTS (SELECT 1 FROM projects f
		WHERE f.organization_id = o.id AND f.id < p.id
		AND NOT EXISTS (SELECT 1 FROM audit_events a
			WHERE a.organization_id = o.id
			AND a.action = 'project.create'
			AND a.resource_id = f.id)));
