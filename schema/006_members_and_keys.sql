-- Schema 6: role bindings have a version, so that a change of one can be made
-- conditional; API keys say what they are for, who made them and whether they
-- were replaced; whether something was removed can be looked up in the trail.
-- Statements of schema 5 run unchanged.
-- Oldest program: 5

ALTER TABLE organization_bindings
	ADD COLUMN version INT UNSIGNED NOT NULL DEFAULT 1
		COMMENT '+1 per change of the role',
	ADD KEY organization_bindings_role (organization_id, role);

ALTER TABLE project_bindings
	ADD COLUMN version INT UNSIGNED NOT NULL DEFAULT 1
		COMMENT '+1 per change of the role';

ALTER TABLE api_keys
	ADD COLUMN description VARCHAR(100) NOT NULL DEFAULT ''
		COMMENT 'what its user says that it is for',
	ADD COLUMN hint VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin
		NOT NULL DEFAULT '' COMMENT 'its last characters',
	ADD COLUMN version INT UNSIGNED NOT NULL DEFAULT 1,
	ADD COLUMN modified_at DATETIME(3) NULL
		COMMENT 'NULL: not changed since it was made',
	ADD COLUMN created_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'user; NULL: the command line',
	ADD COLUMN made_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'the API key that made it; it ends with that',
	ADD COLUMN generation TINYINT UNSIGNED NOT NULL DEFAULT 0
		COMMENT 'how many keys made each other before it',
	ADD COLUMN shortened_at DATETIME(3) NULL
		COMMENT 'set: what takes its place ends no later than it',
	ADD COLUMN rotated_at DATETIME(3) NULL
		COMMENT 'set: another key has taken its place',
	ADD CONSTRAINT api_keys_made_by_fk FOREIGN KEY (made_by)
		REFERENCES api_keys (id) ON DELETE CASCADE;

ALTER TABLE audit_events
	ADD KEY audit_events_resource (resource_id, organization_id);
