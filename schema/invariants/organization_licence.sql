-- organizations that have not one licence
SELECT o.id FROM organizations o
WHERE (SELECT COUNT(*) FROM licences l WHERE l.organization_id = o.id) <> 1;
