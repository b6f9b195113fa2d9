-- invitations with the key of another address
-- Name made by: name_make_login
SELECT id, email AS display, email_key AS name_key FROM invitations
WHERE email <> '' OR email_key <> '';
