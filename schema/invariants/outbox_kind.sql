-- mails that lack what their kind is about
SELECT x.id FROM outbox x
LEFT JOIN invitations i ON i.id = x.invitation_id
	AND i.organization_id = x.organization_id
LEFT JOIN users u ON u.id = x.user_id
WHERE CASE x.kind
	WHEN 'invitation' THEN i.id IS NULL OR x.user_id IS NOT NULL
	WHEN 'reset' THEN u.id IS NULL OR x.invitation_id IS NOT NULL
	ELSE u.id IS NULL OR x.change_id IS NULL END;
