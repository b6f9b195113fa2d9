-- organizations with more users than licensed
SELECT l.organization_id AS id FROM licences l
WHERE l.limit_users > 0 AND l.limit_users <
	(SELECT COUNT(*) FROM organization_bindings b
	WHERE b.organization_id = l.organization_id);
