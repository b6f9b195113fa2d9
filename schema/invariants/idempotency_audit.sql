-- idempotency keys whose write is not in the audit trail
-- Both times are that at which the request began.  A write that changed nothing
-- has no event: only what was created is certain to have one.
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE k.created_at > (SELECT COALESCE(MAX(g.at), '1000-01-01')
	FROM audit_beginnings g)
AND (k.status IN (201, 202) OR k.beside_id IS NOT NULL)
AND (k.created_at NOT IN (SELECT at FROM audit_events)
	OR (k.resource_id NOT IN (SELECT resource_id FROM audit_events)
		AND k.resource_id NOT IN (SELECT id FROM api_keys)));
