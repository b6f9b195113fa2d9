-- invitations whose creation is not in the audit trail
SELECT id FROM invitations
WHERE id NOT IN (SELECT resource_id FROM audit_events
	WHERE action = 'invitation.create');
