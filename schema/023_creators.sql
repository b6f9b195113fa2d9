-- Schema 23: who created an organization, from the trail as far as that goes, and
-- what is changed in the user's row to lock it while one is created under a limit.
-- Statements of the schema before run unchanged.
-- Oldest program: 21

ALTER TABLE organizations
	ADD COLUMN created_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'user; NULL: not known, or an import',
	ADD KEY organizations_creator (created_by);

ALTER TABLE users
	ADD COLUMN write_count BIGINT UNSIGNED NOT NULL DEFAULT 0
		COMMENT '+1 when one creates under a limit: the lock';

UPDATE organizations SET created_by = (SELECT MIN(a.user_id)
	FROM audit_events a WHERE a.resource_id = organizations.id
	AND a.organization_id = organizations.id
	AND a.action = 'organization.create');
