-- invitations whose end does not fit their state
SELECT id FROM invitations
WHERE (state = 'pending') <> (ended_at IS NULL)
	OR (state = 'accepted') <> (accepted_by IS NOT NULL);
