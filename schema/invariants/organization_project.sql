-- organizations without a project
SELECT o.id FROM organizations o
LEFT JOIN projects p ON p.organization_id = o.id
WHERE p.id IS NULL;
