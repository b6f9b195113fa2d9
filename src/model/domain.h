/*
 * Which values the members of bodies and resources have, said once: for the
 * description of the API.
 */
#ifndef TENANTRY_MODEL_DOMAIN_H
#define TENANTRY_MODEL_DOMAIN_H

#include "base/field.h"

extern const struct domain domain_id;
extern const struct domain domain_ids; /* a list of them */
extern const struct domain domain_id_or_me;
extern const struct domain domain_id_or_none; /* empty: there is none */
extern const struct domain domain_name;       /* a slug */
extern const struct domain domain_name_or_id;
extern const struct domain domain_display_name;
extern const struct domain domain_version;
extern const struct domain domain_address; /* of e-mail */
extern const struct domain domain_address_or_none;
extern const struct domain domain_address_or_login;
extern const struct domain domain_organization_role;
extern const struct domain domain_project_role;
extern const struct domain domain_licence_type;
extern const struct domain domain_licence_key;
extern const struct domain domain_labels, domain_new_labels;
extern const struct domain domain_true, domain_false;

#endif
