-- idempotency keys without a sound answer
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE k.status IS NULL OR k.status NOT IN (200, 201, 202, 204)
	OR (k.status = 204 AND k.resource_id IS NOT NULL)
	OR (k.status IN (201, 202) AND k.resource_id IS NULL)
	OR (k.beside_id IS NOT NULL AND k.resource_id IS NULL)
	OR (k.sealed IS NOT NULL AND k.resource_id IS NULL)
	OR k.beside_id NOT REGEXP '^[0-7][0-9A-HJKMNP-TV-Z]{25}$'
	OR k.resource_id NOT REGEXP '^[0-7][0-9A-HJKMNP-TV-Z]{25}$'
	OR k.sealed NOT REGEXP '^[A-Za-z0-9_-]+$';
