#include "store/import.h"

#include <string.h>

#include "base/text.h"
#include "edge/crypto.h"
#include "edge/name.h"
#include "model/caller.h"
#include "store/import_line.h"
#include "store/import_trail.h"
#include "store/licence.h"

enum { DAY = 86400 };

/* --- statements ----------------------------------------------------------- */

static const struct statement insert_organization = {
	.text = "INSERT INTO organizations (id, name, display_name, name_key,"
		" labels, version, write_count, created_at, modified_at)"
		" VALUES (?, ?, ?, ?, NULLIF(?, '{}'), ?, 1, ?, ?)",
	.values = 8,
};

static const struct statement insert_project = {
	.text = "INSERT INTO projects (id, name, display_name, name_key,"
		" labels, version, created_at, modified_at, organization_id,"
		" secret_key) VALUES (?, ?, ?, ?, NULLIF(?, '{}'), ?, ?, ?, ?,"
		" ?)",
	.values = 10,
};

static const struct statement insert_member = {
	.text = "INSERT INTO organization_bindings (user_id, organization_id,"
		" role, created_at) VALUES (?, ?, ?, ?)",
	.values = 4,
};

static const struct statement insert_role = {
	.text = "INSERT INTO project_bindings (user_id, project_id,"
		" organization_id, role, created_at) VALUES (?, ?, ?, ?, ?)",
	.values = 5,
};

static const struct statement insert_invitation = {
	.text = "INSERT INTO invitations (id, organization_id, email,"
		" email_key, pending_key, role, delivery, digest, created_at,"
		" modified_at, sent_at, expires_at, life, invited_by)"
		" VALUES (?, ?, ?, ?, ?, ?, 'link', ?, ?, ?, ?, ?, ?, ?)",
	.values = 13,
};

static const struct statement insert_invited_role = {
	.text = "INSERT INTO invitation_projects (invitation_id, project_id,"
		" organization_id, role) VALUES (?, ?, ?, ?)",
	.values = 4,
};

struct known {
	char id[ULID_SIZE];
};
static const struct field known_fields[] = {
	{ .column = "id", .type = FIELD_TEXT, FIELD_AT(struct known, id) },
};
static const struct field_table known_table = FIELD_TABLE(known_fields);

static const struct statement find_user = {
	/* of a proved address, as it is spelled but for ASCII case */
	.text = "SELECT id FROM users WHERE email_key = ?"
		" AND NOT is_email_unproved AND disabled_at IS NULL"
		" AND (email = ? OR (LENGTH(email) = CHAR_LENGTH(email)"
		" AND LENGTH(?) = CHAR_LENGTH(?)"
		" AND LOWER(email) = LOWER(?)))",
	.values = 5,
	.tables = { &known_table },
};

static const struct statement set_counts = {
	.text = "UPDATE organizations SET project_count = ?, member_count = ?"
		" WHERE id = ?",
	.values = 3,
};

/* It was here, and is purged: its chain goes on nowhere else. */
static const struct statement was_here = {
	.text = "SELECT 1 AS found FROM audit_chains WHERE id = ?",
	.values = 1,
	.tables = { &statement_found_table },
};

const struct statement *const import_statements[] = { &was_here,
	&insert_organization, &insert_project, &insert_member, &insert_role,
	&insert_invitation, &insert_invited_role, &import_roles_of_invitation,
	&import_roles_of_member, &find_user, &set_counts, NULL };

/* --- the import under way ------------------------------------------------- */

/* A member of the file, and what became of it here. */
struct person {
	struct person *next;
	char id[ULID_SIZE];      /* in the file */
	char user_id[ULID_SIZE]; /* a member here; empty: none */
	char invitation_id[ULID_SIZE];
	char role[ROLE_SIZE]; /* got by this line; empty: none */
};

struct importing {
	struct import *in;
	struct person *people, **end;
	struct named_line *named; /* the one that is read */
	int64_t line;             /* of the file, from 1 on */
};

static struct person *add_person(struct store *st, struct importing *i)
{
	struct person *person = arena_alloc(st->mem, sizeof(*person));

	*i->end = person;
	i->end = &person->next;
	return person;
}

static enum err refuse(struct importing *i, enum err err, const char *why)
{
	return fault_set(
	    i->in->fault, err, "line %lld: %s", (long long)i->line, why);
}

static enum err decode(struct store *st, struct importing *i,
    struct json_source line, const struct field_table *table, void *out)
{
	struct fault fault = { .code = ERR_NONE };
	enum err err = json_decode(st->mem, line, table, out, &fault);

	return err ? refuse(i, ERR_BAD_FIELD, fault.detail) : ERR_NONE;
}

/* What name_slug() can have made, with other words reserved. */
static bool is_slug(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && text[0] != '-' && text[length - 1] != '-' &&
	    strstr(text, "--") == NULL &&
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static enum err read_named(struct store *st, struct importing *i,
    struct json_source line, struct named_line *out)
{
	char given[NAME_SLUG_SIZE];
	enum err err;

	memset(out, 0, sizeof(*out));
	if ((err = decode(st, i, line, &import_named_table, out)))
		return err;
	if (!ulid_is_valid(out->id) || !is_slug(out->slug) || out->version < 1)
		return refuse(i, ERR_BAD_FIELD,
		    "id, name or version is none that an export has");
	/* no path's word, and nobody else's id: the own id then */
	memcpy(given, out->slug, sizeof(given));
	name_slug(given, out->id, st->reserved, out->slug);
	if (out->labels[0] == '\0')
		memcpy(out->labels, "{}", 3);
	return ERR_NONE;
}

static void bind_named(const struct named_line *line, struct db_value *values)
{
	const struct db_value bound[] = { db_text(line->id),
		db_text(line->slug), db_text(line->name.display),
		db_bytes(line->name.key, strlen(line->name.key)),
		db_text(line->labels), db_integer(line->version),
		db_time(line->created_at), db_time(line->modified_at) };

	memcpy(values, bound, sizeof(bound));
}

/* --- organization and projects -------------------------------------------- */

static enum err put_licence(struct store *st, struct importing *i)
{
	struct import *in = i->in;
	const struct asker nobody = { .fault = in->fault };
	enum err err;

	memcpy(in->licence->organization_id, in->organization_id, ULID_SIZE);
	ulid_make(&st->ids, (uint64_t)st->now, in->licence->id);
	if ((err = licence_put(st, &nobody, in->licence)))
		return err;
	return import_enter_licence(st, in);
}

/* The trail has it at the end, with the roles in projects. */
static enum err add_member(struct store *st, struct importing *i,
    struct person *person, const char *role, int64_t since)
{
	const struct db_value values[] = { db_text(person->user_id),
		db_text(i->in->organization_id), db_text(role),
		db_time(since) };
	enum err err = store_run(st, &insert_member, values, NULL);

	if (err)
		return err;
	i->in->members++;
	text_set(person->role, sizeof(person->role), role);
	return ERR_NONE;
}

static enum err put_organization(
    struct store *st, struct importing *i, struct json_source line)
{
	struct named_line *named = i->named;
	struct import *in = i->in;
	struct person *admin;
	struct db_value values[8];
	bool is_known;
	enum err err;

	if (in->organization_id[0] != '\0')
		return refuse(i, ERR_BAD_FIELD, "there is one organization");
	if ((err = read_named(st, i, line, named)))
		return err;
	bind_named(named, values);
	if ((err = store_exists(st, &was_here, values, &is_known)))
		return err;
	err = is_known ? ERR_DUPLICATE
		       : store_run(st, &insert_organization, values, NULL);
	if (err == ERR_DUPLICATE)
		return refuse(i, ERR_NAME_IN_USE,
		    "an organization of that id or name is known here");
	if (err)
		return err;
	memcpy(in->organization_id, named->id, ULID_SIZE);
	if ((err = import_enter_organization(st, in, named)) ||
	    (err = put_licence(st, i)))
		return err;
	admin = add_person(st, i);
	text_set(admin->user_id, ULID_SIZE, in->user_id);
	return add_member(st, i, admin, "admin", st->now);
}

/* With a secret key of its own: that of the export is nowhere. */
static enum err put_project(
    struct store *st, struct importing *i, struct json_source line)
{
	struct named_line *named = i->named;
	struct ulid_clock apart = { 0 };
	char secret[ULID_SIZE];
	struct db_value values[10];
	enum err err;

	if ((err = read_named(st, i, line, named)))
		return err;
	ulid_make(&apart, (uint64_t)st->now, secret);
	bind_named(named, values);
	values[8] = db_text(i->in->organization_id);
	values[9] = db_text(secret);
	err = store_run(st, &insert_project, values, NULL);
	if (err == ERR_DUPLICATE)
		return refuse(i, ERR_NAME_IN_USE,
		    "a project of that id or name is known here");
	if (err)
		return err;
	i->in->projects++;
	return import_enter_project(st, i->in, named);
}

/* --- people --------------------------------------------------------------- */

/* The link is made when the invitation is sent again: nobody has this one. */
static enum err invite(struct store *st, struct importing *i,
    const struct name *address, const char *role, struct person *person)
{
	char *id = person->invitation_id;
	const struct db_value key = db_bytes(
				  address->key, strlen(address->key)),
			      now = db_time(st->now);
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct db_value values[] = { db_text(NULL),
		db_text(i->in->organization_id), db_text(address->display), key,
		key, db_text(role), db_text(NULL), now, now, now,
		db_time(st->now + DAY * 1000), db_integer(DAY),
		db_text(i->in->user_id) };
	enum err err;

	crypto_random(digest, sizeof(digest));
	ulid_make(&st->ids, (uint64_t)st->now, id);
	values[0] = db_text(id);
	values[6] = db_bytes(digest, sizeof(digest));
	err = store_run(st, &insert_invitation, values, NULL);
	if (err == ERR_DUPLICATE) {
		id[0] = '\0'; /* invited already, by another line */
		return ERR_NONE;
	}
	if (err)
		return err;
	i->in->invitations++;
	text_set(person->role, sizeof(person->role), role);
	return ERR_NONE;
}

/* The account of that address here, if its owner is to be a member at once. */
static enum err find_account(struct store *st, const struct importing *i,
    const struct name *login, struct known *user)
{
	const struct db_value login_text = db_text(login->display);
	const struct db_value values[] = { db_bytes(
					       login->key, strlen(login->key)),
		login_text, login_text, login_text, login_text };
	bool found = false;

	user->id[0] = '\0';
	if (!i->in->is_trusted)
		return ERR_NONE;
	return store_find(st, &find_user, values, user, &found);
}

static enum err settle(struct store *st, struct importing *i,
    const struct member_line *line, struct person *person)
{
	struct name login;
	struct known user;
	enum err err;

	if (name_make_login(line->email, strlen(line->email), &login) != NULL) {
		i->in->left_out++;
		return ERR_NONE;
	}
	if (strcmp(login.key, i->in->email_key) == 0) {
		memcpy(person->user_id, i->in->user_id, ULID_SIZE);
		return ERR_NONE;
	}
	if ((err = find_account(st, i, &login, &user)))
		return err;
	if (user.id[0] != '\0') {
		memcpy(person->user_id, user.id, ULID_SIZE);
		return add_member(st, i, person, line->role, line->since);
	}
	if (strchr(line->email, '@') != NULL)
		return invite(st, i, &login, line->role, person);
	i->in->left_out++; /* a login has no address to be invited at */
	return ERR_NONE;
}

static enum err put_person(struct store *st, struct importing *i,
    struct json_source line, const struct field_table *table)
{
	struct member_line *member = arena_alloc(st->mem, sizeof(*member));
	struct person *person = add_person(st, i);
	enum err err;

	if ((err = decode(st, i, line, table, member)))
		return err;
	if (!role_is_of_organization(member->role))
		return refuse(i, ERR_BAD_FIELD, "role must be admin or user");
	memcpy(person->id, member->id, ULID_SIZE);
	return settle(st, i, member, person);
}

/* ERR_REFERENCE: there is no such project, or no such member. */
static enum err give_role(struct store *st, const struct importing *i,
    const struct person *person, const struct role_line *role)
{
	const struct db_value project = db_text(role->project_id),
			      organization = db_text(i->in->organization_id),
			      name = db_text(role->role);

	if (person != NULL && person->user_id[0] != '\0')
		return store_run(st, &insert_role,
		    (const struct db_value[]){ db_text(person->user_id),
			project, organization, name, db_time(role->since) },
		    NULL);
	if (person != NULL && person->invitation_id[0] != '\0')
		return store_run(st, &insert_invited_role,
		    (const struct db_value[]){ db_text(person->invitation_id),
			project, organization, name },
		    NULL);
	return ERR_REFERENCE;
}

static enum err put_role(
    struct store *st, struct importing *i, struct json_source line)
{
	struct role_line role = { .since = 0 };
	const struct person *person = i->people;
	enum err err = decode(st, i, line, &import_role_table, &role);

	if (err)
		return err;
	if (!role_is_of_project(role.role) || !ulid_is_valid(role.project_id))
		return refuse(i, ERR_BAD_FIELD,
		    "role must be admin, user or viewer of a project");
	while (person != NULL && strcmp(person->id, role.user_id) != 0)
		person = person->next;
	err = give_role(st, i, person, &role);
	/* the project was made after the projects were exported */
	if (err != ERR_REFERENCE)
		return err;
	i->in->left_out++;
	return ERR_NONE;
}

/* Each of them with all roles, which came after the people. */
static enum err enter_people(struct store *st, const struct importing *i)
{
	const struct person *person = i->people;
	enum err err = ERR_NONE;

	for (; person != NULL && !err; person = person->next) {
		if (person->role[0] == '\0')
			continue;
		if (person->invitation_id[0] != '\0')
			err = import_enter_invitation(st, i->in,
			    person->invitation_id, person->role,
			    st->now + DAY * 1000);
		else
			err = import_enter_member(
			    st, i->in, person->user_id, person->role);
	}
	return err;
}

/* --- all ------------------------------------------------------------------ */

/* The licence is `free` here, and keys are nowhere. */
static enum err put_line(
    struct store *st, struct importing *i, struct json_source line)
{
	struct kind_line kind = { "" };
	enum err err = decode(st, i, line, &import_kind_table, &kind);

	if (err)
		return err;
	if (strcmp(kind.kind, "organization") == 0)
		return put_organization(st, i, line);
	if (i->in->organization_id[0] == '\0')
		return refuse(
		    i, ERR_BAD_FIELD, "the organization does not come first");
	if (strcmp(kind.kind, "project") == 0)
		return put_project(st, i, line);
	if (strcmp(kind.kind, "member") == 0)
		return put_person(st, i, line, &import_member_table);
	if (strcmp(kind.kind, "invitation") == 0)
		return put_person(st, i, line, &import_invited_table);
	if (strcmp(kind.kind, "projectRole") == 0)
		return put_role(st, i, line);
	if (strcmp(kind.kind, "license") != 0 &&
	    strcmp(kind.kind, "apiKey") != 0)
		return refuse(i, ERR_BAD_FIELD, "this kind is not known");
	return ERR_NONE;
}

static enum err import_body(struct store *st, void *context)
{
	struct import *in = context;
	struct importing i = { .in = in,
		.end = &i.people,
		.named = arena_alloc(st->mem, sizeof(*i.named)),
		.line = 1 };
	struct json_source line;
	enum err err = ERR_NONE;

	in->organization_id[0] = '\0';
	in->projects = in->members = in->invitations = in->left_out = 0;
	in->lines->begin(in->lines->context);
	while (!err && in->lines->next(in->lines->context, &line)) {
		i.line++;
		err = put_line(st, &i, line);
	}
	if (err)
		return err;
	if (in->projects == 0)
		return refuse(&i, ERR_BAD_FIELD,
		    "there is no organization, or none of its projects");
	if ((err = enter_people(st, &i)))
		return err;
	err = store_run(st, &set_counts,
	    (const struct db_value[]){ db_integer(in->projects),
		db_integer(in->members), db_text(in->organization_id) },
	    NULL);
	return !err && in->is_dry ? ERR_UNCHANGED : err;
}

enum err import_run(struct store *st, struct import *in)
{
	return store_transact(st, import_body, in);
}
