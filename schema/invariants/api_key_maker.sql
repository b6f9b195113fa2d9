-- API keys that are later than the key that made them
SELECT c.id FROM api_keys c JOIN api_keys m ON m.id = c.made_by
WHERE (m.expires_at IS NOT NULL
	AND (c.expires_at IS NULL OR c.expires_at > m.expires_at))
	OR c.user_id <> m.user_id OR m.user_id IS NULL OR c.generation = 0;
