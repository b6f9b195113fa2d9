-- API keys without their user, organization or project
SELECT k.id FROM api_keys k
LEFT JOIN users u ON u.id = k.user_id
LEFT JOIN organizations o ON o.id = k.organization_id
LEFT JOIN projects p ON p.id = k.project_id
WHERE u.id IS NULL
	OR (k.organization_id IS NOT NULL AND o.id IS NULL)
	OR (k.project_id IS NOT NULL AND (k.organization_id IS NULL
		OR p.id IS NULL OR p.organization_id <> k.organization_id));
