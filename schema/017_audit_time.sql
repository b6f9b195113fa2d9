-- Schema 17: the audit trail of an organization is read by time, the newest
-- first.  Statements of schema 16 run unchanged.
-- Oldest program: 15

ALTER TABLE audit_events
	ADD COLUMN listed_at DATETIME(6) AS (COALESCE(chain_at, at)) STORED
		COMMENT 'when; of rows before the chain in milliseconds',
	ADD KEY audit_events_listed (organization_id, listed_at, id);
