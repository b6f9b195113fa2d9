-- idempotency keys whose write is not in the audit trail
-- Both times are that at which the request began.  A write that changed nothing
-- has no event, and its answer has no body.
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE k.body IS NOT NULL
AND k.created_at NOT IN (SELECT at FROM audit_events)
UNION
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE JSON_VALID(k.body)
AND COALESCE(
	JSON_UNQUOTE(JSON_EXTRACT(k.body, '$.organization.metadata.id')),
	JSON_UNQUOTE(JSON_EXTRACT(k.body, '$.account.metadata.id')),
	'') NOT IN (SELECT resource_id FROM audit_events);
