-- projects that show other secret keys than they have
SELECT p.id FROM projects p
WHERE COALESCE(p.alternate_secret_keys, '[]') <> (SELECT CONCAT('[',
	COALESCE(GROUP_CONCAT(CONCAT('"', s.secret_key, '"') ORDER BY s.id
		SEPARATOR ','), ''), ']')
	FROM secret_keys s WHERE s.organization_id = p.organization_id
	AND s.project_id = p.id AND s.secret_key <> p.secret_key);
