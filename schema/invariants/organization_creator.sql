-- organizations with another creator than their trail has
SELECT o.id FROM organizations o
JOIN audit_events a ON a.resource_id = o.id AND a.organization_id = o.id
WHERE a.action = 'organization.create' AND a.user_id <> o.created_by;
