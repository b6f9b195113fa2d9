-- Schema 9: of a write that had an Idempotency-Key the status and the ids are
-- kept, no longer its answer: who sends it again is shown what the caller may
-- see then.  The answers of before are dropped.  A program of before writes
-- columns that are gone: only the program of this schema may serve.
-- A role that is given anew begins with the time as its version, so that no
-- entity tag of before fits it.

DELETE FROM idempotency_keys;

ALTER TABLE idempotency_keys
	DROP COLUMN location,
	DROP COLUMN body,
	ADD COLUMN user_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NOT NULL DEFAULT '' COMMENT 'who has sent it',
	ADD COLUMN resource_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'that the answer shows',
	ADD COLUMN beside_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'that the answer shows beside it',
	ADD COLUMN sealed VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'the secret of the answer, for the same request',
	ADD KEY idempotency_keys_user (user_id, created_at);

ALTER TABLE organization_bindings
	MODIFY COLUMN version BIGINT UNSIGNED NOT NULL DEFAULT 1
		COMMENT 'begins with the time in ms; +1 per change of the role';

ALTER TABLE project_bindings
	MODIFY COLUMN version BIGINT UNSIGNED NOT NULL DEFAULT 1
		COMMENT 'begins with the time in ms; +1 per change of the role';
