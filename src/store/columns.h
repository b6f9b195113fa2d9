/*
 * Column lists that stand in more than one statement, in the order of the
 * field tables (`tenantryctl check` compares them).
 */
#ifndef TENANTRY_STORE_COLUMNS_H
#define TENANTRY_STORE_COLUMNS_H

/* of an organization by the alias `mo` */
#define ORGANIZATION_COLUMNS \
	"mo.id, mo.name, mo.display_name, mo.version, mo.modified_at"

/* of a project by the alias `p`; `is_admin` is an expression */
#define PROJECT_COLUMNS(is_admin) \
	"p.id, p.name, p.display_name, p.version, p.modified_at," \
	" p.secret_key, " is_admin " AS is_admin"

#endif
