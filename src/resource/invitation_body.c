/* What an invitation looks like, and what a body says of a new one. */
#include <stdlib.h>
#include <string.h>

#include "edge/name.h"
#include "resource/invitation.h"
#include "resource/invitation_words.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define LIFE_MAX (30 * DAY)

/* --- tables --------------------------------------------------------------- */

#define METADATA(member_, column_, type_, at_, domain_, says_) \
	RESOURCE_FIELD(struct invitation_row, member_, column_, type_, \
	    PART_METADATA, 0, at_, domain_, says_)
#define SPEC(member_, type_, domain_, says_) \
	RESOURCE_FIELD(struct invitation_row, #member_, #member_, type_, \
	    PART_SPEC, 0, member_, domain_, says_)
#define STATUS(member_, type_, flags_, at_, domain_, says_) \
	RESOURCE_FIELD(struct invitation_row, member_, #at_, type_, \
	    PART_STATUS, flags_, at_, domain_, says_)
#define FACT(column_, type_, at_) \
	{ \
		.column = column_, .type = type_, \
		FIELD_AT(struct invitation_row, at_) \
	}

#define ROLE_SAYS "In the organization."
#define FIELDS \
	METADATA("id", "id", FIELD_TEXT, id, &domain_id, NULL), \
	    METADATA("name", "name", FIELD_TEXT, name, &domain_name, \
		"The id in lower case."), \
	    METADATA("displayName", NULL, FIELD_TEXT, email, \
		&domain_address_or_none, "The address."), \
	    { .member = "labels", \
		    .type = FIELD_EMPTY_OBJECT, \
		    .part = PART_METADATA }, \
	    METADATA("version", "version", FIELD_INTEGER, version, \
		&domain_version, NULL), \
	    METADATA("dateModified", "modified_at", FIELD_TIME, modified_at, \
		NULL, NULL), \
	    METADATA("dateCreated", NULL, FIELD_CREATED, id, NULL, NULL), \
	    SPEC(email, FIELD_TEXT, &domain_address_or_none, \
		"As it was given; empty from 30 days after the end on."), \
	    SPEC(role, FIELD_TEXT, &domain_organization_role, ROLE_SAYS), \
	    SPEC(projects, FIELD_JSON, &invitation_given_roles, \
		"Roles in projects; of those that are gone none."), \
	    SPEC(delivery, FIELD_TEXT, &invitation_deliveries, \
		"How the person gets the token."), \
	    STATUS("state", FIELD_TEXT, 0, state, &invitation_states, \
		"Only a `pending` one can be accepted."), \
	    STATUS("mailState", FIELD_TEXT, 0, mail_state, \
		&invitation_mail_states, \
		"What became of the mail; `none`: there is none."), \
	    STATUS("failedReason", FIELD_TEXT, FIELD_OMIT_EMPTY, \
		failed_reason, NULL, \
		"Why no mail was sent yet, left out if there is no reason."), \
	    STATUS("expiresAt", FIELD_TIME, 0, expires_at, NULL, NULL), \
	    STATUS("invitedBy", FIELD_JSON, 0, invited_by, \
		&invitation_named_id, NULL), \
	    STATUS("acceptedBy", FIELD_TEXT, FIELD_OMIT_EMPTY, accepted_by, \
		&domain_id, \
		"The id of the user, left out until it is accepted.")

#define PLACE_FACTS \
	FACT("is_inviter", FIELD_BOOL, is_inviter), \
	    FACT("now", FIELD_TIME, now), \
	    FACT("member_id", FIELD_TEXT, member_id), \
	    FACT("pending_id", FIELD_TEXT, pending_id), \
	    FACT("users", FIELD_INTEGER, users), \
	    FACT("invited", FIELD_INTEGER, invited), \
	    FACT("limit_users", FIELD_INTEGER, limit_users), \
	    FACT("licence_ends_at", FIELD_TIME, licence_ends_at), \
	    FACT("licence_is_revoked", FIELD_BOOL, licence_is_revoked), \
	    FACT("mails_wait", FIELD_INTEGER, mails_wait)

static const struct field fields[] = { FIELDS, PLACE_FACTS,
	FACT("is_shown", FIELD_BOOL, is_shown),
	FACT("may_give", FIELD_BOOL, may_give),
	FACT("sent_at", FIELD_TIME, sent_at), FACT("life", FIELD_INTEGER, life),
	FACT("email_key", FIELD_TEXT, email_key),
	FACT("caller", FIELD_TEXT, caller) };
const struct resource invitation_resource = {
	.begin = RESOURCE_BEGIN("Invitation"),
	.table = FIELD_TABLE(fields),
	.has_status = true,
	.says = "An invitation; its token is shown nowhere.",
};

static const struct field own_fields[] = { FIELDS,
	STATUS("organization", FIELD_JSON, 0, organization,
	    &invitation_named_id,
	    "Only in the list of one's own invitations.") };
const struct resource invitation_own_resource = {
	.begin = RESOURCE_BEGIN("Invitation"),
	.table = FIELD_TABLE(own_fields),
	.has_status = true,
};

static const struct field place_fields[] = { PLACE_FACTS,
	FACT("projects_there", FIELD_INTEGER, projects_there),
	FACT("projects_own", FIELD_INTEGER, projects_own),
	FACT("caller", FIELD_TEXT, invited_by) };
const struct field_table invitation_place = FIELD_TABLE(place_fields);

#define BODY_FIELD(member_, type_, flags_, struct_, at_, domain_, says_) \
	{ \
		.member = member_, .type = type_, .flags = flags_, \
		FIELD_AT(struct struct_, at_), .domain = domain_, \
		.says = says_ \
	}

static const struct domain lives = { .least = HOUR, .most = LIFE_MAX };
static const struct field create_fields[] = {
	{ .member = "email",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct invitation_create, email),
	    .domain = &domain_address,
	    .says = "An address; its domain in ASCII. It may not be empty.",
	    .example = "grace@example.org" },
	BODY_FIELD("role", FIELD_STRING, FIELD_REQUIRED | FIELD_STRICT,
	    invitation_create, role, &domain_organization_role, ROLE_SAYS),
	/* invitation_complete() reads it */
	{ .member = "projects",
	    .type = FIELD_EMPTY_LIST,
	    .flags = FIELD_STRICT,
	    .domain = &invitation_given_roles,
	    .says = "Roles in projects, at most 16." },
	BODY_FIELD("delivery", FIELD_STRING, FIELD_STRICT, invitation_create,
	    delivery, &invitation_deliveries,
	    "How the person gets the token; left out: by mail if this"
	    " service sends mail, else by a link."),
	BODY_FIELD("expiresIn", FIELD_INTEGER, FIELD_STRICT, invitation_create,
	    expires_in, &lives,
	    "Seconds until it expires; left out: 86400, a day."),
};
const struct field_table invitation_create_table = FIELD_TABLE(create_fields);
const struct invitation_create invitation_create_default = {
	.expires_in = DAY
};

static const struct field resend_fields[] = {
	BODY_FIELD("delivery", FIELD_STRING, FIELD_STRICT, invitation_resend,
	    delivery, &invitation_deliveries,
	    "How the person gets the token; left out: as before."),
};
const struct field_table invitation_resend_table = FIELD_TABLE(resend_fields);

/* --- a body --------------------------------------------------------------- */

struct listed {
	char id[ULID_SIZE];
	char role[ROLE_SIZE];
};
static const struct field listed_fields[] = {
	BODY_FIELD("id", FIELD_TEXT, FIELD_REQUIRED | FIELD_STRICT, listed, id,
	    NULL, NULL),
	BODY_FIELD("role", FIELD_TEXT, FIELD_REQUIRED | FIELD_STRICT, listed,
	    role, NULL, NULL),
};
static const struct field_table listed_table = FIELD_TABLE(listed_fields);

static int compare_ids(const void *a, const void *b)
{
	const struct listed *one = a, *other = b;

	return strcmp(one->id, other->id);
}

static enum err read_projects(struct arena *mem, struct json_source source,
    struct invitation_create *body, struct fault *fault)
{
	struct json_rows list = { .table = &listed_table,
		.size = sizeof(struct listed),
		.most = INVITATION_PROJECTS_MAX };
	enum err err = json_list(mem, source, "projects", &list, fault);
	struct listed *rows = (void *)list.rows;
	char *to = body->list;

	if (err || list.count == 0)
		return err;
	qsort(rows, list.count, sizeof(*rows), compare_ids);
	for (size_t i = 0; i < list.count; i++) {
		if (!ulid_is_valid(rows[i].id) ||
		    !role_is_of_project(rows[i].role))
			return fault_set(fault, ERR_BAD_FIELD,
			    "projects must have the id of a project and a role"
			    " of admin, user or viewer each");
		if (i > 0 && strcmp(rows[i].id, rows[i - 1].id) == 0)
			return fault_set(fault, ERR_BAD_FIELD,
			    "projects has the project %s twice", rows[i].id);
		memcpy(to, rows[i].id, ULID_SIZE - 1);
		to[ULID_SIZE - 1] = rows[i].role[0];
		to += ULID_SIZE;
	}
	body->list_text = body->list;
	body->list_count = (int64_t)list.count;
	return ERR_NONE;
}

static bool has_ascii_domain(const char *address)
{
	for (address = strrchr(address, '@'); *address != '\0'; address++)
		if ((unsigned char)*address >= 0x80)
			return false;
	return true;
}

enum err invitation_read_address(
    struct invitation_create *in, struct fault *fault)
{
	const char *wrong = name_make_email(
	    in->email, strlen(in->email), &in->address);

	if (wrong != NULL)
		return fault_set(fault, ERR_BAD_FIELD, "email %s", wrong);
	if (!has_ascii_domain(in->address.display))
		return fault_set(fault, ERR_BAD_FIELD,
		    "the domain of email must be ASCII: write it as A-labels"
		    " (xn--...)");
	return ERR_NONE;
}

enum err invitation_complete(struct arena *mem, struct json_source source,
    void *body, struct fault *fault)
{
	struct invitation_create *in = body;
	enum err err = invitation_read_address(in, fault);

	if (err)
		return err;
	if (!role_is_of_organization(in->role))
		return fault_set(
		    fault, ERR_BAD_FIELD, "role must be admin or user");
	if (in->expires_in < HOUR || in->expires_in > LIFE_MAX)
		return fault_set(fault, ERR_BAD_FIELD,
		    "expiresIn must be from 3600 to 2592000 seconds");
	return read_projects(mem, source, in, fault);
}
