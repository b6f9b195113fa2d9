-- Schema 15: the audit trail is a chain.  Each row has the number of its place, a
-- time of its own and a hash over itself and the row before, so that a row that
-- was changed, removed or put in is found.  The newest of an organization stands
-- in the organization's row.  Rows of before have no number: they stand before
-- the chain.  A program of before would write rows without one: only the program
-- of this schema may serve.

ALTER TABLE organizations
	ADD COLUMN audit_seq BIGINT UNSIGNED NOT NULL DEFAULT 0
		COMMENT 'of the newest row in the chain; 0: it has not begun',
	ADD COLUMN audit_at DATETIME(6) NULL COMMENT 'time of that row',
	ADD COLUMN audit_hash BINARY(32) NULL COMMENT 'hash of that row';

ALTER TABLE audit_events
	ADD COLUMN session_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'the session that did it',
	ADD COLUMN project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'the project that it was about',
	ADD COLUMN chain_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'organization, or zeroes: the installation; NULL: before',
	ADD COLUMN seq BIGINT UNSIGNED NULL
		COMMENT 'place in the chain, from 1 without gaps',
	ADD COLUMN chain_at DATETIME(6) NULL
		COMMENT 'when; later than the row before',
	ADD COLUMN hash BINARY(32) NULL
		COMMENT 'SHA-256 of this row and the hash before',
	ADD COLUMN change_json MEDIUMTEXT NULL
		COMMENT 'what was changed: ids, names, roles; no person',
	ADD UNIQUE KEY audit_events_chain (chain_id, seq);

CREATE TABLE audit_chains (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'zeroes: the installation; else a purged organization',
	audit_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
	audit_at DATETIME(6) NULL,
	audit_hash BINARY(32) NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='newest rows of the chains that have no organization';

INSERT IGNORE INTO audit_chains (id) VALUES ('00000000000000000000000000');
