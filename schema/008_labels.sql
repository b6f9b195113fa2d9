-- Schema 8: organizations and projects have labels.  Statements of schema 7 run
-- unchanged.
-- Oldest program: 7

ALTER TABLE organizations
	ADD COLUMN labels TEXT NULL
		COMMENT 'a JSON object of texts, its keys sorted; NULL: none';

ALTER TABLE projects
	ADD COLUMN labels TEXT NULL
		COMMENT 'a JSON object of texts, its keys sorted; NULL: none';
