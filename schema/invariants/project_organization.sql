-- projects without an organization
SELECT p.id FROM projects p
LEFT JOIN organizations o ON o.id = p.organization_id
WHERE o.id IS NULL;
