-- Schema 11: a project has more than one secret key, and each may have a name.
-- Statements of schema 10 run unchanged.
-- Oldest program: 10

CREATE TABLE secret_keys (
	id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'of the key that the project was made with: the project''s',
	organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	project_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	secret_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
		COMMENT 'shown to admins of the project only',
	name VARCHAR(100) NOT NULL DEFAULT '',
	created_at DATETIME(3) NOT NULL,
	PRIMARY KEY (organization_id, project_id, id),
	UNIQUE KEY secret_keys_id (id),
	UNIQUE KEY secret_keys_key (secret_key),
	CONSTRAINT secret_keys_project_fk
		FOREIGN KEY (organization_id, project_id)
		REFERENCES projects (organization_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='secret keys of projects: all but a default one without a name';

ALTER TABLE projects
	ADD COLUMN alternate_secret_keys VARCHAR(300)
		CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'those of secret_keys but the default one, as JSON';
