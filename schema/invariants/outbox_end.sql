-- mails whose end does not fit their state
SELECT id FROM outbox
WHERE (state = 'queued') <> (ended_at IS NULL)
	OR (digest IS NULL) <> (token_ends_at IS NULL)
	OR (digest IS NOT NULL AND basis IS NULL);
