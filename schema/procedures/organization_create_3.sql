-- Everything that a new organization begins with, in one transaction and one
-- round trip.  What it does is what create() in src/store/organization.c does
-- by single statements; that is run where this fails, and says why.  The first row
-- of its audit trail is hashed as in src/store/audit.c, over in_begin and in_text.
CREATE PROCEDURE organization_create_3(
	in_organization CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
	in_display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_name_key VARBINARY(768),
	in_project CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_project_name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin,
	in_project_display_name VARCHAR(100) CHARACTER SET utf8mb4
		COLLATE utf8mb4_bin,
	in_project_name_key VARBINARY(768),
	in_secret_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_licence CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_jti VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
	in_kid CHAR(43) CHARACTER SET ascii COLLATE ascii_bin,
	in_licence_type VARCHAR(23) CHARACTER SET ascii COLLATE ascii_bin,
	in_limit_projects BIGINT,
	in_limit_users BIGINT,
	in_issued_at DATETIME(3),
	in_expires_at DATETIME(3),
	in_user CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_activates BOOLEAN,
	in_audit CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
	in_request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
	in_at DATETIME(3),
	in_begin VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_change MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	in_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin)
	MODIFIES SQL DATA
	SQL SECURITY INVOKER
	COMMENT 'creates an organization with all that belongs to one'
BEGIN
	DECLARE chained_at DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
	DECLARE chain_hash BINARY(32) DEFAULT UNHEX(SHA2(CONCAT(in_begin, 1, '\n',
		DATE_FORMAT(chained_at, '%Y-%m-%dT%H:%i:%s.%fZ'), '\n',
		REPEAT('0', 64), '\n', in_text), 256));

	START TRANSACTION;
	INSERT INTO organizations (id, name, display_name, name_key,
		write_count, created_at, modified_at, audit_seq, audit_at,
		audit_hash, created_by)
		VALUES (in_organization, in_name, in_display_name, in_name_key,
			1, in_at, in_at, 1, chained_at, chain_hash, in_user);
	INSERT INTO projects (id, organization_id, name, display_name,
		name_key, secret_key, created_at, modified_at)
		VALUES (in_project, in_organization, in_project_name,
			in_project_display_name, in_project_name_key,
			in_secret_key, in_at, in_at);
	INSERT INTO licence_claims (jti, organization_id, claimed_at)
		VALUES (in_jti, in_organization, in_at);
	INSERT INTO licences (organization_id, id, jti, kid, licence_type,
		limit_projects, limit_users, issued_at, expires_at,
		installed_at)
		VALUES (in_organization, in_licence, in_jti, in_kid,
			in_licence_type, in_limit_projects, in_limit_users,
			in_issued_at, in_expires_at, in_at);
	INSERT INTO organization_bindings (user_id, organization_id, role,
		created_at)
		VALUES (in_user, in_organization, 'admin', in_at);
	INSERT INTO project_bindings (user_id, project_id, organization_id,
		role, created_at)
		VALUES (in_user, in_project, in_organization, 'admin', in_at);
	IF in_activates THEN
		UPDATE users SET active_project_id = in_project
			WHERE id = in_user AND active_project_id IS NULL;
	END IF;
	INSERT INTO audit_events (id, at, user_id, organization_id, action,
		resource_kind, resource_id, request_id, detail, change_json,
		chain_id, seq, chain_at, hash, key_id)
		VALUES (in_audit, in_at, in_user, in_organization,
			'organization.create', 'Organization', in_organization,
			in_request, in_display_name, in_change,
			in_organization, 1, chained_at, chain_hash, in_key);
	COMMIT;
END
