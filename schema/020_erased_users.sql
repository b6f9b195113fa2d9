-- Schema 20: users who are erased keep a row without anything personal; the
-- invitations to and by a person are found by an index, and so are the reads of
-- an organization by a system administrator who is no member of it.
-- Statements of the schema before run unchanged.
-- Oldest program: 18

ALTER TABLE users
	ADD COLUMN erased_at DATETIME(3) NULL
		COMMENT 'set: nothing of the person is left but the id';

ALTER TABLE invitations
	ADD KEY invitations_address (email_key, organization_id),
	ADD KEY invitations_inviter (invited_by, organization_id),
	ADD KEY invitations_accepted (accepted_by, organization_id);

ALTER TABLE security_events
	ADD COLUMN organization_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'that was read by a system administrator',
	ADD KEY security_events_organization (organization_id, id);
