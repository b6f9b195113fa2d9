-- Schema 16: API keys and invitations are removed some time after their end, and
-- the address of an invitation before that.  Statements of schema 15 run
-- unchanged.
-- Oldest program: 15
-- What is computed is stored: a node that is started after a crash did not come
-- up again with an index over a virtual column (MariaDB 10.11, wsrep_recover).

ALTER TABLE invitations
	ADD COLUMN ends_at DATETIME(3)
		AS (COALESCE(ended_at, expires_at)) STORED
		COMMENT 'when it ended, or will',
	ADD COLUMN address_ends_at DATETIME(3)
		AS (IF(email = '', NULL, COALESCE(ended_at, expires_at))) STORED
		COMMENT 'the same, while it has its address',
	ADD KEY invitations_ends (ends_at),
	ADD KEY invitations_address_ends (address_ends_at);

-- No index has expires_at itself: each look at a key asks for it, and the
-- optimizer must not begin there.
ALTER TABLE api_keys
	ADD COLUMN ends_at DATETIME(3)
		AS (IF(ended_from IS NULL, expires_at, NULL)) STORED
		COMMENT 'its end, unless the delete of its organization made it',
	ADD KEY api_keys_ends (ends_at);
