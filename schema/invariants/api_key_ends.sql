-- API keys without their user, organization or project
-- A service key has no user, but an organization and a role there.
SELECT k.id FROM api_keys k
LEFT JOIN users u ON u.id = k.user_id
LEFT JOIN organizations o ON o.id = k.organization_id
LEFT JOIN projects p ON p.id = k.project_id
WHERE (u.id IS NULL AND (k.user_id IS NOT NULL
		OR k.organization_id IS NULL OR k.role IS NULL))
	OR (k.organization_id IS NOT NULL AND o.id IS NULL)
	OR (k.project_id IS NOT NULL AND (k.organization_id IS NULL
		OR p.id IS NULL OR p.organization_id <> k.organization_id));
