-- organization bindings that lack an end
SELECT CONCAT(b.user_id, '/', b.organization_id) AS id
FROM organization_bindings b
LEFT JOIN users u ON u.id = b.user_id
LEFT JOIN organizations o ON o.id = b.organization_id
WHERE u.id IS NULL OR o.id IS NULL;
