-- users with the key of another login
-- Those that are erased have none.
-- Name made by: name_make_login
SELECT id, email AS display, email_key AS name_key FROM users
WHERE erased_at IS NULL;
