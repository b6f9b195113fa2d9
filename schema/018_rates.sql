-- Schema 18: how many requests a network address has sent to a route that is
-- limited.  Statements of schema 17 run unchanged.
-- Oldest program: 17

CREATE TABLE rates (
	route VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	requests INT UNSIGNED NOT NULL COMMENT 'that were let through',
	began_at DATETIME(3) NOT NULL COMMENT 'of the minute that is counted',
	PRIMARY KEY (route, address),
	KEY rates_began (began_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
	COMMENT='requests of the last minute, by route and network address';
