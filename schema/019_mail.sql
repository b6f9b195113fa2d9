-- Schema 19: mail: what is to be sent, with what proves an address, and changes of
-- address that wait for that.  Statements of schema 18 run unchanged.
-- Oldest program: 18

CREATE TABLE address_changes (
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	email VARCHAR(254) NOT NULL COMMENT 'as given',
	email_key VARBINARY(768) NOT NULL COMMENT 'folded e-mail',
	created_at DATETIME(3) NOT NULL,
	old_agreed_at DATETIME(3) NULL
		COMMENT 'who reads the old address agreed, or there was none',
	new_agreed_at DATETIME(3) NULL,
	PRIMARY KEY (user_id),
	UNIQUE KEY address_changes_id (id),
	KEY address_changes_purge (created_at),
	CONSTRAINT address_changes_user_fk FOREIGN KEY (user_id)
		REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='addresses that people want to have; one a person';

CREATE TABLE outbox (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'of the invitation',
	invitation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'to whom; the address is read when it is sent',
	change_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'address_changes.id',
	state VARCHAR(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	attempts INT UNSIGNED NOT NULL DEFAULT 0,
	created_at DATETIME(3) NOT NULL,
	due_at DATETIME(3) NOT NULL
		COMMENT 'not before; while one is sending it, the end of that',
	claim CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'who is sending it',
	last_error VARCHAR(200) NOT NULL DEFAULT '',
	ended_at DATETIME(3) NULL COMMENT 'sent, failed or dropped',
	digest BINARY(32) NULL
		COMMENT 'SHA-256 of the token of a reset or change; it is nowhere',
	basis BINARY(32) NULL
		COMMENT 'SHA-256 of address and session_epoch when that was made, or asked for',
	token_ends_at DATETIME(3) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY outbox_digest (digest),
	KEY outbox_due (state, due_at),
	KEY outbox_claim (claim),
	KEY outbox_organization (organization_id, created_at),
	KEY outbox_invitation (invitation_id),
	KEY outbox_user (user_id, created_at),
	KEY outbox_purge (ended_at),
	CONSTRAINT outbox_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE,
	CONSTRAINT outbox_invitation_fk FOREIGN KEY (invitation_id)
		REFERENCES invitations (id) ON DELETE CASCADE,
	CONSTRAINT outbox_user_fk FOREIGN KEY (user_id)
		REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT outbox_kind_check CHECK
		(kind IN ('invitation', 'reset', 'old', 'new')),
	CONSTRAINT outbox_state_check CHECK
		(state IN ('queued', 'sent', 'failed', 'dropped'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='mails that are to be sent, and those of the last week';
