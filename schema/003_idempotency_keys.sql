-- Schema 3: the answers of writes that had an Idempotency-Key, kept for a day
-- and entered in the transaction of the write.  Statements of schema 2 run
-- unchanged.
-- Oldest program: 2

CREATE TABLE idempotency_keys (
	digest BINARY(32) NOT NULL
		COMMENT 'SHA-256 of caller, route and key; the key is nowhere',
	fingerprint BINARY(32) NOT NULL
		COMMENT 'SHA-256 of path, context headers and body',
	status SMALLINT NULL COMMENT 'NULL: the write is under way',
	location VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'below the prefix',
	body MEDIUMTEXT NULL COMMENT 'JSON without secrets',
	created_at DATETIME(3) NOT NULL,
	PRIMARY KEY (digest),
	KEY idempotency_keys_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='answers of writes that may be repeated; purged after a day';
