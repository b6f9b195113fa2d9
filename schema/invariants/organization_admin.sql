-- organizations without an admin
SELECT o.id FROM organizations o
WHERE NOT EXISTS (SELECT 1 FROM organization_bindings b
	WHERE b.organization_id = o.id AND b.role = 'admin');
