-- organizations without an admin
-- Those that are deleted have their roles aside.
SELECT o.id FROM organizations o
WHERE o.deleted_at IS NULL
AND NOT EXISTS (SELECT 1 FROM organization_bindings b
	WHERE b.organization_id = o.id AND b.role = 'admin');
