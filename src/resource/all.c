/*
 * The only list of modules.
 */
#include "resource/module.h"

extern const struct module organization_module, organization_delete_module,
    organization_deleted_module, project_module, project_create_module,
    user_module, member_module, member_write_module, project_member_module,
    api_key_module, invitation_module, invited_module, invited_store_module,
    invitation_direct_module, licence_module, user_me_module, user_add_module,
    next_login_module, secret_key_module, session_module, sessions_module,
    user_password_module, check_module, permissions_module, metrics_module,
    licence_install_module, organization_create_module,
    organization_tree_module, service_module, audit_event_module,
    password_reset_module, user_email_module, outbox_module, user_erase_module,
    system_module, export_module, api_key_write_module, changes_module,
    audit_head_module, eula_module;

const struct module *const modules[] = { &organization_module,
	&organization_create_module, &organization_tree_module,
	&organization_delete_module, &organization_deleted_module,
	&project_module, &project_create_module, &user_module, &member_module,
	&member_write_module, &project_member_module, &api_key_module,
	&invitation_module, &invited_module, &invited_store_module,
	&invitation_direct_module, &licence_module, &licence_install_module,
	&user_me_module, &user_erase_module, &user_add_module,
	&next_login_module, &secret_key_module, &session_module,
	&sessions_module, &user_password_module, &password_reset_module,
	&user_email_module, &outbox_module, &check_module, &permissions_module,
	&metrics_module, &audit_event_module, &system_module, &export_module,
	&api_key_write_module, &changes_module, &audit_head_module,
	&eula_module, &service_module, NULL };
