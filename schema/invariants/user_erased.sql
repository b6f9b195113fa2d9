-- erased users of whom something is left
SELECT u.id FROM users u
WHERE u.erased_at IS NOT NULL
AND (u.password_hash IS NOT NULL OR u.disabled_at IS NULL
	OR EXISTS (SELECT 1 FROM organization_bindings b WHERE b.user_id = u.id)
	OR EXISTS (SELECT 1 FROM deleted_bindings d WHERE d.user_id = u.id)
	OR EXISTS (SELECT 1 FROM api_keys k WHERE k.user_id = u.id)
	OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id)
	OR EXISTS (SELECT 1 FROM invitations i
		WHERE i.invited_by = u.id OR i.accepted_by = u.id));
