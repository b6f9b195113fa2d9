-- idempotency keys whose answer has a secret
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
WHERE k.body LIKE '%"secretKey":"%'
	OR k.body LIKE '%"alternateSecretKeys":["%'
	OR k.body LIKE '%"key":"%';
