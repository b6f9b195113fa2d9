-- organizations whose counts of projects and members are wrong
SELECT o.id FROM organizations o
WHERE o.project_count <> (SELECT COUNT(*) FROM projects p
	WHERE p.organization_id = o.id)
OR o.member_count <> (SELECT COUNT(*) FROM organization_bindings b
	WHERE b.organization_id = o.id);
