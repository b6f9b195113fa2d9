-- Schema 12: an organization that is deleted stays for some time, so that it can be
-- restored.  The roles of its members go aside, and its API keys end.  A program of
-- before would show it to system administrators: only the program of this schema
-- may serve.

ALTER TABLE organizations
	ADD COLUMN deleted_at DATETIME(3) NULL COMMENT 'set: nobody sees it',
	ADD COLUMN deleted_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'user; NULL: the command line',
	ADD COLUMN purge_after DATETIME(3) NULL
		COMMENT 'set with deleted_at; from then on its rows go',
	ADD COLUMN is_restorable BOOLEAN NULL
		COMMENT '1: deleted, and its name is kept; else NULL',
	ADD KEY organizations_purge (purge_after, id),
	ADD KEY organizations_restorable (is_restorable, id);

ALTER TABLE api_keys
	ADD COLUMN ended_from DATETIME(3) NULL
		COMMENT 'its end before its organization was deleted; 9999-12-31: none';

CREATE TABLE deleted_bindings (
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'empty: the role in the organization',
	role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	created_at DATETIME(3) NOT NULL,
	PRIMARY KEY (organization_id, user_id, project_id),
	KEY deleted_bindings_user (user_id, role, organization_id),
	CONSTRAINT deleted_bindings_user_fk FOREIGN KEY (user_id)
		REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT deleted_bindings_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='roles in organizations that are deleted, to be given back';
