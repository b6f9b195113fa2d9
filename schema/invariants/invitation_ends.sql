-- invitations that lack an end
SELECT i.id FROM invitations i
LEFT JOIN organizations o ON o.id = i.organization_id
LEFT JOIN users u ON u.id = i.invited_by
WHERE o.id IS NULL OR (u.id IS NULL
	AND (i.invited_by IS NOT NULL OR i.invited_by_key IS NULL))
UNION ALL
SELECT CONCAT(ip.invitation_id, '/', ip.project_id) AS id
FROM invitation_projects ip
LEFT JOIN invitations i ON i.id = ip.invitation_id
	AND i.organization_id = ip.organization_id
LEFT JOIN projects p ON p.id = ip.project_id
	AND p.organization_id = ip.organization_id
WHERE i.id IS NULL OR p.id IS NULL;
