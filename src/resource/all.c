/*
 * The only list of modules.
 */
#include "resource/module.h"

extern const struct module organization_module, project_module, user_module,
    member_module, project_member_module, api_key_module, other_module,
    service_module;

const struct module *const modules[] = { &organization_module, &project_module,
	&user_module, &member_module, &project_member_module, &api_key_module,
	&other_module, &service_module, NULL };
