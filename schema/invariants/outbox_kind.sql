-- mails that lack what their kind is about
-- A reset that nobody gets has no user: it is entered so that asking for an unknown
-- address takes the same work.
SELECT x.id FROM outbox x
LEFT JOIN invitations i ON i.id = x.invitation_id
	AND i.organization_id = x.organization_id
LEFT JOIN users u ON u.id = x.user_id
WHERE CASE x.kind
	WHEN 'invitation' THEN i.id IS NULL OR x.user_id IS NOT NULL
	WHEN 'reset' THEN x.invitation_id IS NOT NULL
		OR (u.id IS NULL AND x.state <> 'dropped')
	ELSE u.id IS NULL OR x.change_id IS NULL END;
