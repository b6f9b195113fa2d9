-- address changes whose key is not that of their address
-- Name made by: name_make_email
SELECT user_id AS id, email AS display, email_key AS name_key
FROM address_changes;
