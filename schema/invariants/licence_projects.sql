-- organizations with more projects than licensed
SELECT l.organization_id AS id FROM licences l
WHERE l.limit_projects > 0 AND l.limit_projects <
	(SELECT COUNT(*) FROM projects p
	WHERE p.organization_id = l.organization_id);
