-- bindings with an unknown role
SELECT CONCAT(user_id, '/', organization_id) AS id
FROM organization_bindings WHERE role NOT IN ('admin', 'user')
UNION ALL
SELECT CONCAT(user_id, '/', project_id) AS id
FROM project_bindings WHERE role NOT IN ('admin', 'user', 'viewer');
