-- organizations with the key of another name
-- Of one that is being purged the name is free.
-- Name made by: name_make
SELECT id, display_name AS display, name_key FROM organizations
WHERE deleted_at IS NULL OR is_restorable = 1;
