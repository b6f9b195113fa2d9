-- idempotency keys of a day ago, after 1000 later ones
-- One write in 16 removes the oldest of those that are over.
SELECT LOWER(HEX(LEFT(k.digest, 8))) AS id FROM idempotency_keys k
JOIN (SELECT MIN(created_at) AS at FROM idempotency_keys) oldest
	ON k.created_at = oldest.at
WHERE (SELECT COUNT(*) FROM idempotency_keys n
	WHERE n.created_at > oldest.at + INTERVAL 24 HOUR) > 1000;
