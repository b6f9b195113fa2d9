-- Schema 14: sessions of people, and what happened to passwords and sessions.
-- Statements of schema 13 run unchanged.
-- Oldest program: 13

ALTER TABLE users
	ADD COLUMN session_epoch INT UNSIGNED NOT NULL DEFAULT 0
		COMMENT 'raised to end all sessions of the user at once';

CREATE TABLE sessions (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	digest BINARY(32) NOT NULL COMMENT 'SHA-256 of the token',
	epoch INT UNSIGNED NOT NULL
		COMMENT 'users.session_epoch at sign-in; another one: ended',
	created_at DATETIME(3) NOT NULL,
	seen_at DATETIME(3) NOT NULL COMMENT 'written at most once a minute',
	idle_ends_at DATETIME(3) NOT NULL COMMENT 'moved on with seen_at',
	ends_at DATETIME(3) NOT NULL COMMENT 'whatever happens',
	confirmed_at DATETIME(3) NOT NULL
		COMMENT 'when the password was given last',
	PRIMARY KEY (user_id, id),
	UNIQUE KEY sessions_id (id),
	UNIQUE KEY sessions_digest (digest),
	KEY sessions_purge (ends_at),
	CONSTRAINT sessions_user_fk FOREIGN KEY (user_id)
		REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='sessions of people who signed in';

CREATE TABLE security_events (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	at DATETIME(3) NOT NULL,
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'NULL: the login is nobody''s',
	action VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	session_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
	request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	digest BINARY(32) NULL
		COMMENT 'of a failure: SHA-256 of login, address and quarter of an hour',
	PRIMARY KEY (id),
	KEY security_events_user (user_id, id),
	KEY security_events_purge (at),
	UNIQUE KEY security_events_digest (digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='sign-ins, passwords and sessions; kept for 90 days';
