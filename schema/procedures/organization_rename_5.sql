-- Renames an organization in one transaction and one round trip, as
-- change_name() in src/store/organization.c does by single statements.
-- in_version 0: whatever its version is.  Where the name is the one that it
-- has, that is an error too: change_name() then finds nothing to change.  That
-- the caller still may is asked as in src/store/lock.c, of what is committed when
-- the row is locked: no table is read before.  The audit row is chained as in
-- src/store/audit.c; a chain that has not begun is begun there.
CREATE PROCEDURE organization_rename_5(
	in_organization CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_name_key VARBINARY(768),
	in_user CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_is_system_admin BOOLEAN,
	in_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_version BIGINT,
	in_audit CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
	in_at DATETIME(3),
	in_begin VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_change MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
	MODIFIES SQL DATA
	SQL SECURITY INVOKER
	COMMENT 'renames an organization while its caller may and expects it'
BEGIN
	START TRANSACTION;
	UPDATE organizations SET write_count = write_count + 1,
		version = version + 1, modified_at = in_at,
		display_name = in_display_name, name_key = in_name_key,
		audit_seq = audit_seq + 1,
		audit_at = GREATEST(UTC_TIMESTAMP(6),
			audit_at + INTERVAL 1 MICROSECOND),
		audit_hash = UNHEX(SHA2(CONCAT(in_begin, audit_seq, '\n',
			DATE_FORMAT(audit_at, '%Y-%m-%dT%H:%i:%s.%fZ'), '\n',
			LOWER(HEX(audit_hash)), '\n', in_text), 256))
		WHERE id = in_organization AND deleted_at IS NULL
			AND audit_seq > 0
			AND in_version IN (0, version)
			AND NOT (display_name = in_display_name
				AND name_key = in_name_key)
			AND EXISTS (SELECT 1 FROM users u
				LEFT JOIN organization_bindings b
					ON b.user_id = u.id
					AND b.organization_id = organizations.id
				LEFT JOIN api_keys k ON k.id = COALESCE(NULLIF(
					organizations.id, organizations.id), in_key)
					AND (k.expires_at IS NULL
					OR k.expires_at > UTC_TIMESTAMP(3))
				WHERE u.id = COALESCE(NULLIF(organizations.id,
					organizations.id), in_user)
				AND u.disabled_at IS NULL AND k.id <=> in_key
				AND u.is_system_admin = in_is_system_admin
				AND (u.is_system_admin OR b.role = 'admin'));
	IF ROW_COUNT() = 0 THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1643,
			MESSAGE_TEXT = 'not there, another version, this name, or not the caller''s';
	END IF;
	INSERT INTO audit_events (id, at, user_id, organization_id, action,
		resource_kind, resource_id, request_id, detail, change_json,
		chain_id, seq, chain_at, hash, key_id)
		SELECT in_audit, in_at, in_user, in_organization,
			'organization.rename', 'Organization', in_organization,
			in_request, in_display_name, in_change,
			c.id, c.audit_seq, c.audit_at, c.audit_hash, in_key
			FROM organizations c WHERE c.id = in_organization;
	COMMIT;
END
