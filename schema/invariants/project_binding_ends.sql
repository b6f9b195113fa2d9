-- project bindings that lack an end
SELECT CONCAT(b.user_id, '/', b.project_id) AS id
FROM project_bindings b
LEFT JOIN users u ON u.id = b.user_id
LEFT JOIN projects p ON p.organization_id = b.organization_id
	AND p.id = b.project_id
WHERE u.id IS NULL OR p.id IS NULL;
