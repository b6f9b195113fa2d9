-- Schema 5: the failures of all logins from one address are counted, too.
-- Statements of schema 4 run unchanged.
-- Oldest program: 4

ALTER TABLE login_failures
	ADD KEY login_failures_address (address, last_at, failures);
