-- Schema 7: invitations to an organization, and the projects that each gives; an
-- account that was made by a link has an address that nobody has proved.
-- Statements of schema 6 run unchanged.
-- Oldest program: 6

ALTER TABLE users
	ADD COLUMN is_email_unproved BOOLEAN NOT NULL DEFAULT FALSE
		COMMENT 'made by a link that the inviter had in hand';

CREATE TABLE invitations (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	email VARCHAR(254) NOT NULL COMMENT 'as given',
	email_key VARBINARY(768) NOT NULL COMMENT 'folded e-mail',
	pending_key VARBINARY(768) NULL
		COMMENT 'email_key while it can be accepted; NULL: it gave way',
	role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	state VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		DEFAULT 'pending' COMMENT 'expired: pending, and expires_at is over',
	delivery VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	mail_state VARCHAR(6) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		DEFAULT 'none',
	failed_reason VARCHAR(200) NOT NULL DEFAULT '',
	digest BINARY(32) NOT NULL
		COMMENT 'SHA-256 of the token in force; the token is nowhere',
	version INT UNSIGNED NOT NULL DEFAULT 1,
	created_at DATETIME(3) NOT NULL,
	modified_at DATETIME(3) NOT NULL,
	sent_at DATETIME(3) NOT NULL COMMENT 'when the token in force was made',
	expires_at DATETIME(3) NOT NULL,
	life INT UNSIGNED NOT NULL COMMENT 'seconds, from each sending on',
	invited_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'user; may that user still give this when it is accepted?',
	accepted_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'user',
	ended_at DATETIME(3) NULL COMMENT 'accepted, declined or revoked',
	PRIMARY KEY (organization_id, id),
	UNIQUE KEY invitations_id (id),
	UNIQUE KEY invitations_digest (digest),
	UNIQUE KEY invitations_pending (organization_id, pending_key),
	KEY invitations_person (pending_key, id),
	CONSTRAINT invitations_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE,
	CONSTRAINT invitations_role_check CHECK (role IN ('admin', 'user')),
	CONSTRAINT invitations_state_check CHECK
		(state IN ('pending', 'accepted', 'declined', 'revoked'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='people who may become members; the address goes with the row';

CREATE TABLE invitation_projects (
	invitation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'of both',
	role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (invitation_id, project_id),
	KEY invitation_projects_project (organization_id, project_id),
	CONSTRAINT invitation_projects_invitation_fk FOREIGN KEY (invitation_id)
		REFERENCES invitations (id) ON DELETE CASCADE,
	CONSTRAINT invitation_projects_project_fk
		FOREIGN KEY (organization_id, project_id)
		REFERENCES projects (organization_id, id) ON DELETE CASCADE,
	CONSTRAINT invitation_projects_role_check
		CHECK (role IN ('admin', 'user', 'viewer'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='role in a project that an invitation gives';
