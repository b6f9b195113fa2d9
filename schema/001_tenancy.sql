-- Tenantry, schema 1: organizations, projects, users, role bindings, licences,
-- API keys and the audit trail.  Common ground of MySQL 8 and MariaDB 10.11.
-- Identifiers are ULIDs, times are UTC, `*_key` columns hold what is compared
-- (NFKC case-folded) beside the column that is shown.

CREATE TABLE users (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'slug, fixed at creation',
	display_name VARCHAR(100) NOT NULL,
	email VARCHAR(254) NOT NULL COMMENT 'as given; also the login',
	email_key VARBINARY(768) NOT NULL COMMENT 'folded e-mail',
	password_hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'crypt(3) yescrypt; NULL: cannot log in with a password',
	is_system_admin BOOLEAN NOT NULL DEFAULT FALSE,
	active_project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'context where a request names none',
	next_login_project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
	version INT UNSIGNED NOT NULL DEFAULT 1,
	created_at DATETIME(3) NOT NULL,
	modified_at DATETIME(3) NOT NULL,
	disabled_at DATETIME(3) NULL COMMENT 'set: every credential is refused',
	PRIMARY KEY (id),
	UNIQUE KEY users_name (name),
	UNIQUE KEY users_email_key (email_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='people; they outlive the organizations they belong to';

CREATE TABLE organizations (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'slug, fixed at creation',
	display_name VARCHAR(100) NOT NULL,
	name_key VARBINARY(768) NOT NULL COMMENT 'folded display name',
	version INT UNSIGNED NOT NULL DEFAULT 1 COMMENT '+1 per visible change',
	write_count BIGINT UNSIGNED NOT NULL DEFAULT 0
		COMMENT '+1 first in every writing transaction: the lock',
	created_at DATETIME(3) NOT NULL,
	modified_at DATETIME(3) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY organizations_name (name),
	UNIQUE KEY organizations_name_key (name_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='tenants';

CREATE TABLE projects (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'binding of the project to its organization',
	name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'slug, fixed at creation',
	display_name VARCHAR(100) NOT NULL,
	name_key VARBINARY(768) NOT NULL COMMENT 'folded display name',
	secret_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'shown to admins of the project only',
	version INT UNSIGNED NOT NULL DEFAULT 1,
	created_at DATETIME(3) NOT NULL,
	modified_at DATETIME(3) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY projects_name (name),
	UNIQUE KEY projects_name_key (organization_id, name_key),
	UNIQUE KEY projects_organization (organization_id, id),
	CONSTRAINT projects_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='what an organization divides itself into (kind Account)';

ALTER TABLE users
	ADD CONSTRAINT users_active_project_fk FOREIGN KEY (active_project_id)
		REFERENCES projects (id) ON DELETE SET NULL,
	ADD CONSTRAINT users_next_login_project_fk
		FOREIGN KEY (next_login_project_id)
		REFERENCES projects (id) ON DELETE SET NULL;

CREATE TABLE organization_bindings (
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	created_at DATETIME(3) NOT NULL,
	PRIMARY KEY (user_id, organization_id),
	UNIQUE KEY organization_bindings_organization (organization_id, user_id),
	CONSTRAINT organization_bindings_user_fk FOREIGN KEY (user_id)
		REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT organization_bindings_organization_fk
		FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE,
	CONSTRAINT organization_bindings_role_check
		CHECK (role IN ('admin', 'user'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='role of a user in an organization';

CREATE TABLE project_bindings (
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'of the project: no binding without one to the organization',
	role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	created_at DATETIME(3) NOT NULL,
	PRIMARY KEY (user_id, project_id),
	KEY project_bindings_project (organization_id, project_id),
	KEY project_bindings_member (user_id, organization_id),
	CONSTRAINT project_bindings_project_fk
		FOREIGN KEY (organization_id, project_id)
		REFERENCES projects (organization_id, id) ON DELETE CASCADE,
	CONSTRAINT project_bindings_member_fk
		FOREIGN KEY (user_id, organization_id)
		REFERENCES organization_bindings (user_id, organization_id)
		ON DELETE CASCADE,
	CONSTRAINT project_bindings_role_check
		CHECK (role IN ('admin', 'user', 'viewer'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='role of a user in a project';

CREATE TABLE licences (
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	jti VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	kid CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	licence_type VARCHAR(23) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	limit_projects BIGINT NOT NULL COMMENT '0 = none',
	limit_users BIGINT NOT NULL COMMENT '0 = none',
	issued_at DATETIME(3) NOT NULL,
	expires_at DATETIME(3) NULL COMMENT 'NULL = never',
	installed_at DATETIME(3) NOT NULL,
	PRIMARY KEY (organization_id),
	UNIQUE KEY licences_id (id),
	CONSTRAINT licences_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE,
	CONSTRAINT licences_limits_check
		CHECK (limit_projects >= 0 AND limit_users >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='the licence in force, one for each organization';

CREATE TABLE licence_claims (
	jti VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	claimed_at DATETIME(3) NOT NULL,
	PRIMARY KEY (jti),
	KEY licence_claims_organization (organization_id),
	CONSTRAINT licence_claims_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='which organization installed a licence key first';

CREATE TABLE api_keys (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	digest BINARY(32) NOT NULL COMMENT 'SHA-256 of the key; the key is nowhere',
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'set: no rights outside it',
	project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'set: no rights outside it; organization_id is set too',
	role VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'at most this role; NULL: as its user',
	created_at DATETIME(3) NOT NULL,
	expires_at DATETIME(3) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY api_keys_digest (digest),
	KEY api_keys_user (user_id),
	KEY api_keys_organization (organization_id),
	KEY api_keys_project (organization_id, project_id),
	CONSTRAINT api_keys_user_fk FOREIGN KEY (user_id)
		REFERENCES users (id) ON DELETE CASCADE,
	CONSTRAINT api_keys_organization_fk FOREIGN KEY (organization_id)
		REFERENCES organizations (id) ON DELETE CASCADE,
	CONSTRAINT api_keys_project_fk FOREIGN KEY (organization_id, project_id)
		REFERENCES projects (organization_id, id) ON DELETE CASCADE,
	CONSTRAINT api_keys_role_check
		CHECK (role IS NULL OR role IN ('admin', 'user', 'viewer'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='credentials for programs';

CREATE TABLE audit_events (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	at DATETIME(3) NOT NULL,
	user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'who; no foreign key: the trail outlives what it tells of',
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
	action VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	resource_kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	resource_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	detail VARCHAR(500) NOT NULL DEFAULT ''
		COMMENT 'what changed, for people; never a secret',
	PRIMARY KEY (id),
	KEY audit_events_organization (organization_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='every write, in the transaction of the write';

CREATE TABLE login_failures (
	login_digest BINARY(32) NOT NULL COMMENT 'SHA-256 of the folded login',
	address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	failures INT UNSIGNED NOT NULL,
	last_at DATETIME(3) NOT NULL,
	PRIMARY KEY (login_digest, address),
	KEY login_failures_last (last_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='bad passwords by login and address; capped and purged';
