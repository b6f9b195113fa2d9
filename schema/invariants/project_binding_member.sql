-- project bindings of who is no member
SELECT CONCAT(b.user_id, '/', b.project_id) AS id
FROM project_bindings b
LEFT JOIN organization_bindings m ON m.user_id = b.user_id
	AND m.organization_id = b.organization_id
WHERE m.user_id IS NULL;
