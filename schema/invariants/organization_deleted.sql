-- organizations that are deleted in part
SELECT o.id FROM organizations o
WHERE (o.deleted_at IS NULL) <> (o.purge_after IS NULL)
	OR (o.deleted_at IS NULL AND o.is_restorable IS NOT NULL)
UNION ALL
SELECT o.id FROM organizations o
JOIN organization_bindings b ON b.organization_id = o.id
WHERE o.deleted_at IS NOT NULL
UNION ALL
SELECT k.id FROM api_keys k
JOIN organizations o ON o.id = k.organization_id
WHERE o.deleted_at IS NOT NULL
	AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(3))
UNION ALL
SELECT i.id FROM invitations i
JOIN organizations o ON o.id = i.organization_id
WHERE o.deleted_at IS NOT NULL AND i.pending_key IS NOT NULL
UNION ALL
SELECT CONCAT(d.user_id, '/', d.organization_id) FROM deleted_bindings d
LEFT JOIN organizations o ON o.id = d.organization_id
WHERE o.deleted_at IS NULL;
