-- idempotency keys without a sound answer
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE k.status IS NULL OR k.status NOT IN (200, 201, 204)
	OR (k.status = 204 AND k.body IS NOT NULL)
	OR (k.location IS NOT NULL AND k.body IS NULL)
	OR (k.body IS NOT NULL AND NOT JSON_VALID(k.body))
	OR (k.location <> '' AND k.location NOT LIKE '/v1/%');
