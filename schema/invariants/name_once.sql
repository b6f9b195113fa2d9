-- names that are in use twice
SELECT MAX(id) AS id FROM organizations
GROUP BY name_key HAVING COUNT(*) > 1
UNION ALL
SELECT MAX(id) FROM projects
GROUP BY organization_id, name_key HAVING COUNT(*) > 1
UNION ALL
SELECT MAX(id) FROM users
GROUP BY email_key HAVING COUNT(*) > 1;
