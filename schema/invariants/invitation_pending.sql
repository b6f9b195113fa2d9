-- invitations that have ended and can still be accepted, or in another address
SELECT id FROM invitations
WHERE pending_key IS NOT NULL
	AND (state <> 'pending' OR pending_key <> email_key);
