#include "store/import_trail.h"

#include "store/audit.h"
#include "store/audit_change.h"
#include "store/licence.h"

const struct statement import_roles_of_invitation = {
	.text = AUDIT_ROLE("p.project_id",
	    "p.role") " FROM invitation_projects p WHERE p.invitation_id = ?"
		      " ORDER BY p.project_id",
	.values = 1,
	.tables = { &statement_word_table },
};

const struct statement import_roles_of_member = {
	.text = AUDIT_PROJECT_ROLES,
	.values = 2,
	.tables = { &statement_word_table },
};

static enum err enter(
    struct store *st, const struct import *in, struct audit_entry entry)
{
	entry.organization_id = in->organization_id;
	return audit_insert(st, &entry);
}

enum err import_enter_organization(struct store *st, const struct import *in,
    const struct named_line *organization)
{
	return enter(st, in,
	    (struct audit_entry){ .action = "organization.import",
		.resource_kind = "Organization",
		.resource_id = organization->id,
		.detail = in->sha256,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_JSON("labels", organization->labels),
		    AUDIT_MEMBER_TEXT("name", organization->name.display),
		    AUDIT_MEMBER_TEXT("sha256", in->sha256)) });
}

enum err import_enter_licence(struct store *st, const struct import *in)
{
	return enter(st, in,
	    (struct audit_entry){ .action = "licence.install",
		.resource_kind = "License",
		.resource_id = in->licence->id,
		.detail = in->licence->type,
		.change = licence_change(st, in->licence) });
}

enum err import_enter_project(
    struct store *st, const struct import *in, const struct named_line *project)
{
	return enter(st, in,
	    (struct audit_entry){ .action = "project.create",
		.resource_kind = "Account",
		.resource_id = project->id,
		.project_id = project->id,
		.detail = project->name.display,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_JSON("labels", project->labels),
		    AUDIT_MEMBER_TEXT("name", project->name.display)) });
}

enum err import_enter_member(struct store *st, const struct import *in,
    const char *user_id, const char *role)
{
	const struct db_value values[] = { db_text(user_id),
		db_text(in->organization_id) };
	const char *projects;
	enum err err = audit_list(
	    st, &import_roles_of_member, values, &projects);

	if (err)
		return err;
	return enter(st, in,
	    (struct audit_entry){ .action = "member.add",
		.resource_kind = "User",
		.resource_id = user_id,
		.detail = role,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_JSON("projects", projects),
		    AUDIT_MEMBER_TEXT("role", role)) });
}

enum err import_enter_invitation(struct store *st, const struct import *in,
    const char *id, const char *role, int64_t expires_at)
{
	const struct db_value value = db_text(id);
	const char *projects;
	enum err err = audit_list(
	    st, &import_roles_of_invitation, &value, &projects);

	if (err)
		return err;
	return enter(st, in,
	    (struct audit_entry){ .action = "invitation.create",
		.resource_kind = "Invitation",
		.resource_id = id,
		.detail = role,
		.change = AUDIT_CHANGE(st->mem,
		    AUDIT_MEMBER_TIME("expiresAt", expires_at),
		    AUDIT_MEMBER_JSON("projects", projects),
		    AUDIT_MEMBER_TEXT("role", role),
		    AUDIT_MEMBER_TEXT("state", "pending")) });
}
