-- Schema 21: when the head of a trail was last written to the log, where a trail
-- begins after its older rows were cut, and indexes for its filters.  Statements
-- of schema 18 run unchanged.
-- Oldest program: 18

ALTER TABLE organizations
	ADD COLUMN head_logged_at DATETIME(3) NULL
		COMMENT 'when the head of the trail was last logged';

CREATE TABLE audit_beginnings (
	chain_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	seq BIGINT UNSIGNED NOT NULL COMMENT 'of the newest row that was cut',
	at DATETIME(6) NOT NULL COMMENT 'time of that row',
	hash BINARY(32) NOT NULL COMMENT 'hash of that row',
	head TEXT NULL COMMENT 'the same, signed; NULL: without a key',
	PRIMARY KEY (chain_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='chains whose older rows were cut';

-- RTRIM: without it MariaDB refuses a CHAR column, whose value sql_mode could pad.
ALTER TABLE audit_events
	ADD COLUMN actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		AS (COALESCE(RTRIM(user_id), RTRIM(key_id))) STORED
		COMMENT 'who: the user, or a service key',
	ADD KEY audit_events_actor (organization_id, actor_id, listed_at, id),
	ADD KEY audit_events_kind (organization_id, resource_kind, listed_at,
		id),
	ADD KEY audit_events_project (organization_id, project_id, listed_at,
		id);
