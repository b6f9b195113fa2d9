-- Schema 4: the claim of a licence key outlives its organization, and a key
-- can be revoked.  A key that was revoked before any organization installed
-- it has a row with an empty organization.  Statements of schema 3 run
-- unchanged.
-- Oldest program: 3

ALTER TABLE licence_claims
	DROP FOREIGN KEY licence_claims_organization_fk,
	ADD COLUMN revoked_at DATETIME(3) NULL
		COMMENT 'set: only a system administrator may install it';
