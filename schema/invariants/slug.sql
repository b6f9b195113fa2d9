-- malformed slugs
-- What name_slug() makes: an id of upper case would look like one.
SELECT id FROM organizations
WHERE name NOT REGEXP '^[a-z0-9]+(-[a-z0-9]+)*$'
	OR name IN ('accounts', 'projects', 'users', 'verify')
UNION ALL
SELECT id FROM projects
WHERE name NOT REGEXP '^[a-z0-9]+(-[a-z0-9]+)*$'
	OR name IN ('accounts', 'projects', 'users', 'verify')
UNION ALL
SELECT id FROM users
WHERE name NOT REGEXP '^[a-z0-9]+(-[a-z0-9]+)*$'
	OR name IN ('accounts', 'projects', 'users', 'verify');
