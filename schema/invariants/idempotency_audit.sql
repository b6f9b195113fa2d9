-- idempotency keys whose write is not in the audit trail
-- Both times are that at which the request began.  A write that changed nothing
-- has no event: only what was created is certain to have one.
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE JSON_VALID(k.body)
AND (k.status = 201 OR JSON_EXTRACT(k.body, '$.organization') IS NOT NULL)
AND (k.created_at NOT IN (SELECT at FROM audit_events)
	OR COALESCE(
		JSON_UNQUOTE(JSON_EXTRACT(k.body,
			'$.organization.metadata.id')),
		JSON_UNQUOTE(JSON_EXTRACT(k.body, '$.account.metadata.id')),
		JSON_UNQUOTE(JSON_EXTRACT(k.body, '$.apiKey.metadata.id')),
		JSON_UNQUOTE(JSON_EXTRACT(k.body, '$.user.metadata.id')),
		'') NOT IN (SELECT resource_id FROM audit_events));
