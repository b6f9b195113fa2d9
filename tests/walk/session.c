/* What a session may do, and where it is asked for the password again. */
#include <stdio.h>
#include <string.h>

#include "edge/crypto.h"
#include "walk.h"

/* When its password was given. */
enum password_given { JUST_NOW, LONG_AGO };

/* A session of the person, whose rights are those of the password. */
static struct visitor session_of(
    struct walk *walk, int person, enum password_given given)
{
	struct world *world = &walk->world;
	struct visitor caller = world_caller(world, person, BY_PASSWORD);
	char token[CRYPTO_SHA256_HEX_SIZE];

	/* 27 characters of base64url, as a token has */
	crypto_sha256_hex(world->users[person], ULID_SIZE - 1, token);
	token[27] = '\0';
	world_script(world,
	    "INSERT INTO sessions (id, user_id, digest, epoch, created_at,"
	    " seen_at, idle_ends_at, ends_at, confirmed_at) SELECT id, id,"
	    " UNHEX(SHA2('%s', 256)), session_epoch, NOW(3), NOW(3),"
	    " NOW(3) + INTERVAL 1 DAY, NOW(3) + INTERVAL 1 DAY, NOW(3)"
	    " %s INTERVAL 1 DAY FROM users WHERE id = '%s'"
	    " ON DUPLICATE KEY UPDATE epoch = VALUES(epoch),"
	    " confirmed_at = VALUES(confirmed_at)",
	    token, given == JUST_NOW ? "+" : "-", world->users[person]);
	snprintf(caller.label, sizeof(caller.label), "%s by %s",
	    people[person].name,
	    given == JUST_NOW ? "session" : "session of yesterday");
	snprintf(caller.header, sizeof(caller.header),
	    "Cookie: tenantry=%s\r\nX-Requested-With: walk\r\n"
	    "Content-Type: application/json\r\n",
	    token);
	return caller;
}

void a_session_does_what_its_person_may(struct walk *walk)
{
	static const int persons[] = { ADMIN_OF_HOME, PLAIN_USER,
		ADMIN_OF_AWAY };
	struct target targets[TARGETS_MAX];

	for (EACH_ROW(row)) {
		struct visit visit = visit_of(walk, row);

		if (row_is_public(row) || row_is_alias(row))
			continue;
		(void)row_targets(row, &walk->world, targets);
		for (size_t i = 0; i < sizeof(persons) / sizeof(persons[0]);
		     i++) {
			/* anew: the row may end it */
			struct visitor caller = session_of(
			    walk, persons[i], JUST_NOW);

			visit_once(walk, &visit, &caller, &targets[0]);
		}
		arena_reset(&walk->mem);
	}
}

/* --- the password again --------------------------------------------------- */

#define MEMBER "/v1/organizations/users/{id}"
#define INVITE(role_) \
	"{\"email\":\"step-up@example.org\",\"role\":\"" role_ "\"}"

/*
 * Rows that ask for some bodies only, which their words say: such a body, and
 * one like it for which they do not ask.  What restores an organization needs
 * one that is deleted: tests/api/restore.bats.
 */
static const struct by_body {
	enum method method;
	const char *pattern;
	int as;                       /* who is signed in */
	int asked_named, other_named; /* NOBODY: what the row's target names */
	const char *asked, *other;    /* NULL: none; "@user": a member's id */
} by_body[] = {
	{ METHOD_PATCH, MEMBER, ADMIN_OF_HOME, PLAIN_USER, ADMIN_OF_BOTH,
	    "{\"role\":\"admin\"}", "{\"role\":\"user\"}" },
	{ METHOD_DELETE, MEMBER, ADMIN_OF_HOME, ADMIN_OF_BOTH, PLAIN_USER, NULL,
	    NULL },
	{ METHOD_POST, "/v1/organizations/{id}/leave", ADMIN_OF_HOME, NOBODY,
	    NOBODY, "{\"successor\":\"@user\"}", "{}" },
	{ METHOD_POST, "/v1/organizations/users", ADMIN_OF_HOME, NOBODY, NOBODY,
	    INVITE("admin"), INVITE("user") },
	{ METHOD_POST, "/v1/invitations", ADMIN_OF_HOME, NOBODY, NOBODY,
	    INVITE("admin"), INVITE("user") },
	{ METHOD_POST, "/v1/invitations/{id}/resend", ADMIN_OF_HOME, NOBODY,
	    NOBODY, "{}", "[]" },
	{ METHOD_PUT, "/v1/organizations/{id}/license", SYSTEM_ADMIN, NOBODY,
	    NOBODY, "{\"createLicenseType\":\"growth\"}",
	    "{\"licenseKey\":\"a\"}" },
	{ METHOD_POST, "/v1/organizations/{id}/restore", NOBODY, NOBODY, NOBODY,
	    NULL, NULL },
};

static const struct by_body *find_by_body(const struct route *row)
{
	for (size_t i = 0; i < sizeof(by_body) / sizeof(by_body[0]); i++)
		if (by_body[i].method == row->method &&
		    strcmp(by_body[i].pattern, row->pattern) == 0)
			return &by_body[i];
	return NULL;
}

static bool asks_always(const struct route *row)
{
	return (row->flags & ROUTE_STEPS_UP) != 0 ||
	    row->need == NEED_SYSTEM_ADMIN;
}

static bool says_it_asks(const struct route *row)
{
	const struct describe *words = row->describe;
	const enum err *problem = words != NULL ? words->problems : NULL;

	for (; problem != NULL && *problem != ERR_NONE; problem++)
		if (*problem == ERR_STEP_UP)
			return true;
	return false;
}

/* Whoever is not asked is refused for something else, or changes nothing. */
static void be_let_go_on(struct walk *walk, struct ask *ask, const char *body)
{
	ask_header(ask, "If-Match: \"0-none\"");
	ask_body(ask, body);
	if (ask_send(walk, ask) && ask_shows(ask, ":step-up\""))
		ask_wrong(walk, ask, "asks for a password");
}

static const char *body_of(struct walk *walk, const char *text)
{
	const char *at = text != NULL ? strstr(text, "@user") : NULL;

	return at == NULL
	    ? text
	    : arena_print(&walk->mem, "%.*s%s%s", (int)(at - text), text,
		  walk->world.users[PLAIN_USER], at + 5);
}

static struct target name_member(
    const struct walk *walk, struct target target, int member)
{
	if (member != NOBODY)
		target.path = walk->world.users[member];
	return target;
}

static void ask_by_body(
    struct walk *walk, const struct route *row, const struct by_body *body)
{
	struct visit visit = visit_of(walk, row);
	struct target asked = name_member(
	    walk, visit.target, body->asked_named);
	struct target other = name_member(
	    walk, visit.target, body->other_named);
	struct visitor old = session_of(walk, body->as, LONG_AGO);
	struct ask ask;

	ask_begin(walk, &ask, row, &old, &asked);
	ask_header(&ask, "If-Match: \"0-none\"");
	ask_body(&ask, body_of(walk, body->asked));
	(void)ask_expect(walk, &ask, ERR_STEP_UP, "");
	if (row->query == &dry_run_query) {
		ask_begin(walk, &ask, row, &old, &asked);
		visit_add_to_path(walk, &ask, "?dryRun=true");
		if (strstr(row->pattern, "license") == NULL)
			be_let_go_on(walk, &ask, body_of(walk, body->asked));
	}
	ask_begin(walk, &ask, row, &old, &other);
	be_let_go_on(walk, &ask, body_of(walk, body->other));
	old = session_of(walk, body->as, JUST_NOW);
	ask_begin(walk, &ask, row, &old, &asked);
	be_let_go_on(walk, &ask, body_of(walk, body->asked));
}

static void ask_always(struct walk *walk, const struct visit *visit, int person)
{
	struct visitor old = session_of(walk, person, LONG_AGO);
	struct ask ask;

	ask_begin(walk, &ask, visit->row, &old, &visit->target);
	strcat(ask.headers, visit->headers);
	ask_body(&ask, visit->right);
	(void)ask_expect(walk, &ask, ERR_STEP_UP, "");
	if (visit->row->query != &dry_run_query)
		return;
	ask_begin(walk, &ask, visit->row, &old, &visit->target);
	visit_add_to_path(walk, &ask, "?dryRun=true");
	be_let_go_on(walk, &ask, visit->right);
}

/*
 * A row that asks whatever the body is has a flag; one that asks for some bodies
 * says so, and is in the list above; the others do not ask.  A session of now is
 * asked nowhere, see above.
 */
void an_old_password_is_asked_for_where_the_rows_say_it(struct walk *walk)
{
	struct world *world = &walk->world;

	for (EACH_ROW(row)) {
		const struct by_body *body = find_by_body(row);
		struct visit visit = visit_of(walk, row);
		int person = (int)(visit.caller.person - people);
		struct visitor old;

		if (row_is_public(row))
			continue;
		if (says_it_asks(row) != (body != NULL))
			walk_finding(walk, row->pattern,
			    "asks for a password with a body that nobody knows");
		if (asks_always(row)) {
			ask_always(walk, &visit, person);
			continue;
		}
		/* A right body is seldom right here: it would be done. */
		old = session_of(walk, person, LONG_AGO);
		visit_once(walk, &visit, &old, &visit.target);
		if (body == NULL || body->as == NOBODY)
			continue;
		world_script(world,
		    "UPDATE invitations SET role = 'admin'"
		    " WHERE id = '%s'",
		    world->invitations[TO_HOME]);
		ask_by_body(walk, row, body);
		world_script(world,
		    "UPDATE invitations SET role = 'user'"
		    " WHERE id = '%s'",
		    world->invitations[TO_HOME]);
	}
}
