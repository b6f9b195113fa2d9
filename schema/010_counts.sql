-- Schema 10: an organization's row has the number of its projects and members,
-- so that no write counts them.  A new organization has one of each.  A program
-- of before would not count: only the program of this schema may serve.

ALTER TABLE organizations
	ADD COLUMN project_count INT NOT NULL DEFAULT 1
		COMMENT 'projects of the organization',
	ADD COLUMN member_count INT NOT NULL DEFAULT 1
		COMMENT 'organization_bindings of the organization';

UPDATE organizations SET project_count =
	(SELECT COUNT(*) FROM projects p
	WHERE p.organization_id = organizations.id),
	member_count = (SELECT COUNT(*) FROM organization_bindings b
	WHERE b.organization_id = organizations.id);
