#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/licence_key.h"
#include "resource/tool.h"
#include "store/licence.h"

/* --- issue ---------------------------------------------------------------- */

static bool read_limit(
    const struct ctl *ctl, enum option_id option, int64_t *limit)
{
	const char *text = ctl->options[option];
	long long number;
	char *end;

	if (text == NULL)
		return true;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || *text < '0' || *text > '9' ||
	    number > LICENCE_LIMIT_MAX) {
		ctl_say("--projects and --users must be numbers from 0 (none)"
			" to %lld",
		    (long long)LICENCE_LIMIT_MAX);
		return false;
	}
	*limit = number;
	return true;
}

static int unknown_type(const char *given)
{
	const struct licence_type *type;

	ctl_say("there is no licence type \"%s\"; the types are:", given);
	for (unsigned i = 0; (type = licence_type_at(i)) != NULL; i++)
		ctl_say("  %s", type->name);
	return CTL_BAD_USAGE;
}

/* The licence that the options describe. */
static int describe(struct ctl *ctl, struct licence *licence)
{
	const char *type_name = ctl->options[OPTION_TYPE];
	const char *organization = ctl->options[OPTION_ORG];
	const struct licence_type *type = licence_type_find(type_name);

	if (type == NULL)
		return unknown_type(type_name);
	(void)snprintf(licence->type, sizeof(licence->type), "%s", type->name);
	licence->limits = type->limits;
	if (!read_limit(ctl, OPTION_PROJECTS, &licence->limits.projects) ||
	    !read_limit(ctl, OPTION_USERS, &licence->limits.users) ||
	    !ctl_expires(ctl, &licence->expires_at))
		return CTL_BAD_USAGE;
	if (organization != NULL && !ulid_is_valid(organization))
		return ctl_refuse("--org must be the id of an organization");
	if (organization != NULL)
		memcpy(licence->organization_id, organization, ULID_SIZE);
	licence->issued_at = ctl->store.now;
	ulid_make(&ctl->store.ids, (uint64_t)ctl->store.now, licence->jti);
	return CTL_DONE;
}

struct issued {
	char jti[LICENCE_JTI_SIZE];
	const char *key;
};
static const struct field issued_fields[] = {
	{ .member = "jti", .type = FIELD_TEXT, FIELD_AT(struct issued, jti) },
	{ .member = "key", .type = FIELD_STRING, FIELD_AT(struct issued, key) },
};
static const struct field_table issued_table = FIELD_TABLE(issued_fields);

static void print_issued(
    struct ctl *ctl, const struct licence *licence, const char *key)
{
	struct issued issued;

	(void)snprintf(issued.jti, sizeof(issued.jti), "%s", licence->jti);
	issued.key = key;
	print_one(ctl, &issued_table, &issued);
}

int run_licence_issue(struct ctl *ctl)
{
	struct licence licence;
	const char *key;
	int status;

	memset(&licence, 0, sizeof(licence));
	if ((status = describe(ctl, &licence)) != CTL_DONE)
		return status;
	if (licence_key_issue(
		&ctl->config.ring, &ctl->mem, &licence, &key, &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	if (ctl->options[OPTION_JSON] != NULL)
		print_issued(ctl, &licence, key);
	else
		(void)puts(key);
	return CTL_DONE;
}

/* --- show ----------------------------------------------------------------- */

static void print_time(const char *label, int64_t ms, const char *none)
{
	char text[CLOCK_TEXT_SIZE];

	if (ms != 0)
		clock_print(ms, text);
	(void)printf("%-13s %s\n", label, ms == 0 ? none : text);
}

static void print_limit(const char *label, int64_t limit)
{
	if (limit == 0)
		(void)printf("%-13s no limit\n", label);
	else
		(void)printf("%-13s %lld\n", label, (long long)limit);
}

static const char *state_of(const struct licence *licence, int64_t now)
{
	if (licence_is_expired(licence, now))
		return "expired";
	return licence->starts_at > now ? "not valid yet" : "valid";
}

struct shown {
	char state[14];
	struct licence of;
};

#define SHOWN(member_, type_, at_) \
	{ \
		.member = member_, .type = type_, FIELD_AT(struct shown, at_) \
	}
/* A limit of 0 is none, and no time is never. */
static const struct field shown_fields[] = {
	SHOWN("state", FIELD_TEXT, state),
	SHOWN("licenseType", FIELD_TEXT, of.type),
	SHOWN("projects", FIELD_INTEGER, of.limits.projects),
	SHOWN("users", FIELD_INTEGER, of.limits.users),
	SHOWN("organizationId", FIELD_TEXT, of.organization_id),
	SHOWN("issuedAt", FIELD_TIME, of.issued_at),
	SHOWN("startsAt", FIELD_TIME, of.starts_at),
	SHOWN("expiresAt", FIELD_TIME, of.expires_at),
	SHOWN("jti", FIELD_TEXT, of.jti),
	SHOWN("kid", FIELD_TEXT, of.kid),
};
static const struct field_table shown_table = FIELD_TABLE(shown_fields);

static void print_licence(struct ctl *ctl, const struct licence *licence)
{
	const char *state = state_of(licence, ctl->store.now);
	struct shown shown = { .of = *licence };

	if (ctl->options[OPTION_JSON] != NULL) {
		(void)snprintf(shown.state, sizeof(shown.state), "%s", state);
		print_one(ctl, &shown_table, &shown);
		return;
	}
	(void)printf("%-13s %s\n", "state", state);
	(void)printf("%-13s %s\n", "type", licence->type);
	print_limit("projects", licence->limits.projects);
	print_limit("users", licence->limits.users);
	(void)printf("%-13s %s\n", "organization",
	    *licence->organization_id == '\0' ? "any"
					      : licence->organization_id);
	print_time("issued", licence->issued_at, "unknown");
	print_time("starts", licence->starts_at, "at once");
	print_time("expires", licence->expires_at, "never");
	(void)printf("%-13s %s\n", "jti", licence->jti);
	(void)printf("%-13s %s\n", "kid", licence->kid);
}

int run_licence_show(struct ctl *ctl)
{
	const struct licence_check check = { &ctl->config.ring, 0, NULL };
	struct licence licence;

	memset(&licence, 0, sizeof(licence));
	if (licence_key_verify(
		&check, &ctl->mem, ctl->operand, &licence, &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	print_licence(ctl, &licence);
	return CTL_DONE;
}

/* --- install, history ----------------------------------------------------- */

int run_licence_install(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };
	struct admin_place place;
	const struct listing_filter one = {
		.organization_id = place.organization_id
	};
	int status = ctl_place_find(ctl, &names, &place);
	enum err err;

	if (status != CTL_DONE)
		return status;
	err = tool_install_licence(&ctl->store, &ctl->config,
	    place.organization_id, ctl->operand, &ctl->fault);
	return err ? ctl_store_failed(ctl, err)
		   : print_result(ctl, LISTING_ORGANIZATIONS, &one);
}

int run_licence_history(struct ctl *ctl)
{
	const struct ctl_names names = { ctl->options[OPTION_ORG], NULL };

	return print_list_of(ctl, LISTING_LICENCES, &names);
}

/* --- revoke and release --------------------------------------------------- */

struct claim {
	char jti[LICENCE_JTI_SIZE];
	char organization_id[ULID_SIZE];
};
static const struct field claim_fields[] = {
	{ .member = "jti", .type = FIELD_TEXT, FIELD_AT(struct claim, jti) },
	{ .member = "organizationId",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct claim, organization_id) },
};
static const struct field_table claim_table = FIELD_TABLE(claim_fields);

/* A jti is of the characters that its column takes. */
static bool is_jti(const char *text)
{
	size_t length = 0;

	for (; text[length] != '\0'; length++) {
		if (text[length] < '!' || text[length] > '~')
			return false;
	}
	return length > 0 && length < LICENCE_JTI_SIZE;
}

static int say_claim(struct ctl *ctl, const struct licence_claim *was)
{
	struct claim claim;

	memset(&claim, 0, sizeof(claim));
	(void)snprintf(claim.jti, sizeof(claim.jti), "%s", ctl->operand);
	memcpy(claim.organization_id, was->organization_id, ULID_SIZE);
	if (ctl->options[OPTION_JSON] != NULL)
		print_one(ctl, &claim_table, &claim);
	return CTL_DONE;
}

int run_licence_revoke(struct ctl *ctl)
{
	struct licence_claim was;
	enum err err;

	memset(&was, 0, sizeof(was));
	if (!is_jti(ctl->operand))
		return ctl_refuse("this is no jti: see licence show");
	if ((err = licence_revoke(&ctl->store, ctl->operand, &was)))
		return ctl_store_failed(ctl, err);
	if (was.revoked_at != 0)
		ctl_say("this licence key is revoked already");
	else if (was.organization_id[0] == '\0')
		ctl_say("no organization has installed this licence key yet");
	return say_claim(ctl, &was);
}

int run_licence_release(struct ctl *ctl)
{
	struct licence_claim was;
	enum err err;

	memset(&was, 0, sizeof(was));
	if (!is_jti(ctl->operand))
		return ctl_refuse("this is no jti: see licence show");
	err = licence_release(&ctl->store, ctl->operand, &was);
	if (err == ERR_NO_RESOURCE)
		return ctl_fail("no organization has installed a licence key"
				" with that jti");
	if (err == ERR_REFERENCE)
		return ctl_fail("the licence is in force in the organization"
				" %s: install another one there first",
		    was.organization_id);
	return err ? ctl_store_failed(ctl, err) : say_claim(ctl, &was);
}
