-- Schema 22: the slug of a project is unique in its organization.  That it was
-- unique everywhere told what other organizations have.  Statements of schema 18
-- run unchanged.
-- Oldest program: 18

ALTER TABLE projects
	ADD UNIQUE KEY projects_slug (organization_id, name),
	DROP KEY projects_name;
