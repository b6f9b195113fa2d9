-- organizations that have not one licence
-- One that is being purged may have lost it already.
SELECT o.id FROM organizations o
WHERE (o.deleted_at IS NULL OR o.is_restorable = 1)
AND (SELECT COUNT(*) FROM licences l WHERE l.organization_id = o.id) <> 1;
