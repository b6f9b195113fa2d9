/* What the requests of a row name: in the path, and in the headers. */
#include <string.h>

#include "row.h"

static const char unknown_id[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

struct target target_of(const char *label)
{
	return (struct target){
		.label = label,
		.path = "",
		.second = "",
		.named = NO_ORGANIZATION,
		.named_project = NO_PROJECT,
		.key = NO_KEY,
		.invitation = NO_INVITATION,
		.member = NOBODY,
		.secret = NO_PROJECT,
		.header_organization = NO_ORGANIZATION,
		.header_project = NO_PROJECT,
	};
}

/* The targets as far as they are made. */
struct list {
	const struct world *world;
	struct target *rows;
	size_t count;
};

static struct target *add(struct list *list, const char *label)
{
	struct target *row = &list->rows[list->count++];

	*row = target_of(label);
	return row;
}

/* --- headers -------------------------------------------------------------- */

/* A text counts in place of an id. */
struct headers {
	const char *label;
	enum account project;
	enum tenant organization;
	const char *project_text, *organization_text;
};

static const char a_project[] = "(the id of the first project)";

static const struct headers context_headers[] = {
	{ "home", NO_PROJECT, HOME, NULL, NULL },
	{ "no header", NO_PROJECT, NO_ORGANIZATION, NULL, NULL },
	{ "empty headers", NO_PROJECT, NO_ORGANIZATION, "", "" },
	{ "away", NO_PROJECT, AWAY, NULL, NULL },
	{ "an unknown organization", NO_PROJECT, NO_ORGANIZATION, NULL,
	    unknown_id },
	{ "an organization that is no id", NO_PROJECT, NO_ORGANIZATION, NULL,
	    "' OR '1'='1" },
	{ "a project as organization", NO_PROJECT, NO_ORGANIZATION, NULL,
	    a_project },
	{ "the first project", FIRST, NO_ORGANIZATION, NULL, NULL },
	{ "the second project", SECOND, NO_ORGANIZATION, NULL, NULL },
	{ "a project away", FOREIGN, NO_ORGANIZATION, NULL, NULL },
	{ "an unknown project", NO_PROJECT, NO_ORGANIZATION, unknown_id, NULL },
	{ "both at home", SECOND, HOME, NULL, NULL },
	{ "a project at home and away", FIRST, AWAY, NULL, NULL },
	{ "a project at home and an unknown organization", FIRST,
	    NO_ORGANIZATION, NULL, unknown_id },
	{ "a project away and home", FOREIGN, HOME, NULL, NULL },
	{ "an unknown project and home", NO_PROJECT, HOME, unknown_id, NULL },
};

/* Of a request whose path names its organization: at home, but for the last. */
static const struct headers path_headers[] = {
	{ "with home", NO_PROJECT, HOME, NULL, NULL },
	{ "with away", NO_PROJECT, AWAY, NULL, NULL },
	{ "with the second project", SECOND, NO_ORGANIZATION, NULL, NULL },
	{ "with a project away", FOREIGN, NO_ORGANIZATION, NULL, NULL },
	{ "with an unknown organization", NO_PROJECT, NO_ORGANIZATION, NULL,
	    unknown_id },
	{ "with an unknown project", NO_PROJECT, NO_ORGANIZATION, unknown_id,
	    NULL },
	{ "with a project at home and away", FIRST, AWAY, NULL, NULL },
	{ "with empty headers", NO_PROJECT, NO_ORGANIZATION, "", "" },
	{ "of away with home", NO_PROJECT, HOME, NULL, NULL },
};

enum {
	CONTEXTS = sizeof(context_headers) / sizeof(context_headers[0]),
	WITH_HEADERS = sizeof(path_headers) / sizeof(path_headers[0])
};

static void send_headers(const struct world *world, struct target *target,
    const struct headers *headers)
{
	target->header_project = headers->project;
	target->header_organization = headers->organization;
	target->project = headers->project_text;
	target->organization = headers->organization_text;
	if (headers->project != NO_PROJECT)
		target->project = world->projects[headers->project];
	if (headers->organization != NO_ORGANIZATION)
		target->organization =
		    world->organizations[headers->organization];
	if (target->organization == a_project)
		target->organization = world->projects[FIRST];
}

/* --- who is named --------------------------------------------------------- */

static const char *id_of(const struct world *world, int member)
{
	if (member == MYSELF)
		return "me";
	return member == NOBODY ? unknown_id : world->users[member];
}

/* Also one of each organization, the caller, and nobody. */
static void name_member(
    const struct world *world, struct target *target, size_t i)
{
	static const int members[] = { PLAIN_USER, MYSELF, ADMIN_OF_AWAY,
		ADMIN_OF_BOTH, NOBODY };

	target->member = members[i % (sizeof(members) / sizeof(members[0]))];
	target->path = id_of(world, target->member);
}

static void context_targets(struct list *list, const struct route *row)
{
	for (size_t i = 0; i < CONTEXTS; i++) {
		struct target *target = add(list, context_headers[i].label);

		send_headers(list->world, target, &context_headers[i]);
		if (row_names_member(row))
			name_member(list->world, target, i);
	}
}

static void name_secret(
    const struct world *world, struct target *target, size_t i)
{
	static const enum account projects[] = { FIRST, SECOND, FOREIGN,
		NO_PROJECT };

	target->secret = projects[i % (sizeof(projects) / sizeof(projects[0]))];
	target->second = target->secret == NO_PROJECT
	    ? unknown_id
	    : world->secrets[target->secret];
}

/* Of a project of the context; the admin of home may use two there. */
static void current_targets(struct list *list, const struct route *row)
{
	static const struct headers first = { "the first project at home",
		FIRST, HOME, NULL, NULL };
	static const int members[] = { PROJECT_ADMIN, PROJECT_USER,
		ADMIN_OF_AWAY, NOBODY };

	send_headers(list->world, add(list, first.label), &first);
	context_targets(list, row);
	for (size_t i = 0; row_names_secret(row) && i < list->count; i++)
		name_secret(list->world, &list->rows[i], i);
	for (size_t i = 0; row_names_member(row) && i < list->count; i++) {
		struct target *target = &list->rows[i];

		target->member =
		    members[i % (sizeof(members) / sizeof(members[0]))];
		target->second = id_of(list->world, target->member);
	}
}

/* --- organizations -------------------------------------------------------- */

static void name(struct list *list, const char *label, const char *path,
    enum tenant organization)
{
	struct target *target = add(list, label);

	target->path = path;
	target->named = organization;
}

static void named_targets(struct list *list)
{
	const struct world *w = list->world;

	name(list, "home", w->organizations[HOME], HOME);
	name(list, "home by slug", w->slugs[HOME], HOME);
	name(list, "away", w->organizations[AWAY], AWAY);
	name(list, "away by slug", w->slugs[AWAY], AWAY);
	name(list, "an unknown id", unknown_id, NO_ORGANIZATION);
	name(list, "no id", "no.body", NO_ORGANIZATION);
	name(list, "a project's id", w->projects[FIRST], NO_ORGANIZATION);
	for (size_t i = 0; i < WITH_HEADERS; i++) {
		enum tenant tenant = i == WITH_HEADERS - 1 ? AWAY : HOME;

		name(list, path_headers[i].label, w->organizations[tenant],
		    tenant);
		send_headers(w, &list->rows[list->count - 1], &path_headers[i]);
	}
}

/* --- projects ------------------------------------------------------------- */

static void name_project(
    struct list *list, const char *label, enum account project, int member)
{
	struct target *target = add(list, label);

	target->path = project == NO_PROJECT ? unknown_id
					     : list->world->projects[project];
	target->named_project = project;
	target->member = member;
	target->second = id_of(list->world, member);
}

/* By something that is no project's id. */
static void misname_project(
    struct list *list, const char *label, const char *path)
{
	name_project(list, label, NO_PROJECT, PROJECT_ADMIN);
	list->rows[list->count - 1].path = path;
}

static void project_targets(struct list *list, const struct route *row)
{
	const struct world *w = list->world;

	name_project(list, "first", FIRST, PROJECT_ADMIN);
	name_project(list, "second", SECOND, PROJECT_USER);
	name_project(list, "a project away", FOREIGN, ADMIN_OF_AWAY);
	name_project(list, "an unknown id", NO_PROJECT, PROJECT_ADMIN);
	misname_project(list, "no id", "no.body");
	misname_project(list, "an organization's id", w->organizations[HOME]);
	misname_project(list, "its slug", w->project_slug);
	if (row_names_member(row)) {
		name_project(list, "who is not in it", FIRST, PLAIN_USER);
		name_project(list, "a stranger", FIRST, ADMIN_OF_AWAY);
		name_project(list, "an unknown user", FIRST, NOBODY);
	}
	for (size_t i = 0; i < WITH_HEADERS; i++) {
		name_project(list, path_headers[i].label,
		    i == WITH_HEADERS - 1 ? FOREIGN : FIRST, PROJECT_ADMIN);
		send_headers(w, &list->rows[list->count - 1], &path_headers[i]);
	}
}

/* --- API keys ------------------------------------------------------------- */

static struct target *name_key(
    struct list *list, const char *label, enum path_key key)
{
	struct target *target = add(list, label);

	target->key = key;
	target->path = key == NO_KEY ? unknown_id : list->world->keys[key];
	return target;
}

static void key_targets(struct list *list)
{
	static const char *const labels[PATH_KEYS] = { "the admin's key",
		"a key that it made", "the admin's key at home",
		"a user's key at home", "a user's key that is not bound",
		"a key of the first project", "a key away",
		"a stranger's key that is not bound",
		"the key away of an admin of both",
		"a system administrator's key at home",
		"an admin's service key", "a viewer's service key" };
	const struct world *w = list->world;

	for (int i = 0; i < PATH_KEYS; i++)
		(void)name_key(list, labels[i], (enum path_key)i);
	(void)name_key(list, "an unknown id", NO_KEY);
	name_key(list, "no id", NO_KEY)->path = "no.body";
	name_key(list, "a project's id", NO_KEY)->path = w->projects[FIRST];
	for (size_t i = 0; i < WITH_HEADERS; i++) {
		enum path_key key = i == WITH_HEADERS - 1 ? 8 : MADE_BY_ADMIN;

		send_headers(w, name_key(list, path_headers[i].label, key),
		    &path_headers[i]);
	}
	send_headers(w, name_key(list, "not bound, with away", OF_ADMIN),
	    &path_headers[1]);
}

/* --- invitations ---------------------------------------------------------- */

static struct target *name_invitation(
    struct list *list, const char *label, enum path_invitation invitation)
{
	struct target *target = add(list, label);

	target->invitation = invitation;
	target->path = invitation == NO_INVITATION
	    ? unknown_id
	    : list->world->invitations[invitation];
	return target;
}

static void invitation_targets(struct list *list)
{
	const struct world *w = list->world;

	(void)name_invitation(list, "to home", TO_HOME);
	(void)name_invitation(list, "to the first project", TO_FIRST);
	(void)name_invitation(list, "away", TO_AWAY);
	(void)name_invitation(list, "an unknown id", NO_INVITATION);
	name_invitation(list, "no id", NO_INVITATION)->path = "no.body";
	name_invitation(list, "a project's id", NO_INVITATION)
	    ->path = w->projects[FIRST];
	for (size_t i = 0; i < WITH_HEADERS; i++)
		send_headers(w,
		    name_invitation(list, path_headers[i].label,
			i == WITH_HEADERS - 1 ? TO_AWAY : TO_FIRST),
		    &path_headers[i]);
}

/* --- all ------------------------------------------------------------------ */

size_t row_targets(const struct route *row, const struct world *world,
    struct target targets[TARGETS_MAX])
{
	struct list list = { world, targets, 0 };

	_Static_assert((int)CONTEXTS <= TARGETS_MAX &&
		(int)PATH_KEYS + 4 + WITH_HEADERS <= TARGETS_MAX &&
		10 + (int)WITH_HEADERS <= TARGETS_MAX,
	    "there is room for every target");
	switch (row->scope) {
	case SCOPE_NAMED:
		named_targets(&list);
		break;
	case SCOPE_CONTEXT:
		context_targets(&list, row);
		break;
	case SCOPE_CURRENT:
		current_targets(&list, row);
		break;
	case SCOPE_PROJECT:
		project_targets(&list, row);
		break;
	case SCOPE_KEY:
		key_targets(&list);
		break;
	case SCOPE_INVITATION:
		invitation_targets(&list);
		break;
	default:
		/* of a person's own, of which there is none; or a person */
		add(&list, "-")->path = strncmp(row->pattern,
					    "/v1/system/users/", 17) == 0
		    ? world->users[PLAIN_USER]
		    : unknown_id;
		break;
	}
	/* home, and some of the others */
	for (size_t i = 0; i < list.count; i += 3)
		targets[i].is_asked_twice = true;
	return list.count;
}

struct visitor row_caller(const struct route *row, const struct world *world)
{
	return world_caller(world,
	    row->need == NEED_SYSTEM_ADMIN ? SYSTEM_ADMIN : ADMIN_OF_HOME,
	    row->need == NEED_PERSON ? BY_PASSWORD : BY_KEY);
}
