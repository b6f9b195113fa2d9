-- organizations without a project
-- One that is being purged may have lost it already.
SELECT o.id FROM organizations o
LEFT JOIN projects p ON p.organization_id = o.id
WHERE p.id IS NULL AND (o.deleted_at IS NULL OR o.is_restorable = 1);
