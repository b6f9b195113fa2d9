-- users with an active project where they are no members
SELECT u.id FROM users u
LEFT JOIN projects p ON p.id = u.active_project_id
LEFT JOIN organization_bindings b ON b.user_id = u.id
	AND b.organization_id = p.organization_id
WHERE u.active_project_id IS NOT NULL AND b.user_id IS NULL;
