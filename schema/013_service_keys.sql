-- Schema 13: API keys that belong to an organization and to no user; on which
-- day a key was last used.  Statements of schema 12 run unchanged: they find no
-- key without a user.
-- Oldest program: 12

ALTER TABLE api_keys
	MODIFY COLUMN user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'NULL: a service key, it belongs to its organization',
	ADD COLUMN manage BOOLEAN NOT NULL DEFAULT FALSE
		COMMENT 'of a service key: may it touch members, keys, licence',
	ADD COLUMN last_used_on DATE NULL
		COMMENT 'day in UTC, written once a day; NULL: not used yet';

ALTER TABLE invitations
	MODIFY COLUMN invited_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'user; may that user still give this when it is accepted?',
	ADD COLUMN invited_by_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'the service key, if it was no user; is it still there?';

ALTER TABLE audit_events
	ADD COLUMN key_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'the service key that did it, which has no user';
