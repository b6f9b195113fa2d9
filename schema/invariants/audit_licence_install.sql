-- licences whose installation is not in the audit trail
SELECT l.id FROM licences l
JOIN organizations o ON o.id = l.organization_id
LEFT JOIN audit_beginnings g ON g.chain_id = o.id
WHERE l.installed_at <> o.created_at
AND l.installed_at > COALESCE(g.at, '1000-01-01')
AND NOT EXISTS (SELECT 1 FROM audit_events a
	WHERE a.organization_id = o.id AND a.action = 'licence.install'
	AND a.resource_id = l.id);
