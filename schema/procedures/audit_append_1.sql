-- Raises the chain of an organization and enters the audit row, in the
-- transaction of the write and in one round trip, as append() in
-- src/store/audit.c does by two statements.  A chain that has not begun is an
-- error, and nothing was done: it is begun there.
CREATE PROCEDURE audit_append_1(
	in_begin VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_at DATETIME(3),
	in_user CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_organization CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_action VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin,
	in_kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
	in_resource CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
	in_detail VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_project CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_session CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_change MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_chain CHAR(26) CHARACTER SET ascii COLLATE ascii_bin)
	MODIFIES SQL DATA
	SQL SECURITY INVOKER
	COMMENT 'enters a row into the audit trail of an organization'
BEGIN
	UPDATE organizations SET audit_seq = audit_seq + 1,
		audit_at = GREATEST(UTC_TIMESTAMP(6),
			audit_at + INTERVAL 1 MICROSECOND),
		audit_hash = UNHEX(SHA2(CONCAT(in_begin, audit_seq, '\n',
			DATE_FORMAT(audit_at, '%Y-%m-%dT%H:%i:%s.%fZ'), '\n',
			LOWER(HEX(audit_hash)), '\n', in_text), 256))
		WHERE id = in_chain AND audit_seq > 0;
	IF ROW_COUNT() = 0 THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1643,
			MESSAGE_TEXT = 'the chain has not begun';
	END IF;
	INSERT INTO audit_events (id, at, user_id, organization_id, action,
		resource_kind, resource_id, request_id, detail, key_id,
		project_id, session_id, change_json, chain_id, seq, chain_at,
		hash)
		SELECT in_id, in_at, in_user, in_organization, in_action,
			in_kind, in_resource, in_request, in_detail, in_key,
			in_project, in_session, in_change, c.id, c.audit_seq,
			c.audit_at, c.audit_hash
			FROM organizations c WHERE c.id = in_chain;
END
