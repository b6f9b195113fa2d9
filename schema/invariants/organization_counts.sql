-- organizations whose counts of projects and members are wrong
-- Of one that is being purged the projects go a few at a time.
SELECT o.id FROM organizations o
WHERE (o.project_count <> (SELECT COUNT(*) FROM projects p
	WHERE p.organization_id = o.id)
	AND (o.deleted_at IS NULL OR o.is_restorable = 1))
OR o.member_count <> (SELECT COUNT(*) FROM organization_bindings b
	WHERE b.organization_id = o.id);
