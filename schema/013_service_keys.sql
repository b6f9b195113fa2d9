-- Schema 13: API keys say on which day they were last used.  Statements of
-- schema 12 run unchanged.
-- Oldest program: 12

ALTER TABLE api_keys
	ADD COLUMN last_used_on DATE NULL
		COMMENT 'day in UTC, written once a day; NULL: not used yet';
