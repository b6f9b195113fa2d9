-- projects with the key of another name
-- Name made by: name_make
SELECT id, display_name AS display, name_key FROM projects;
