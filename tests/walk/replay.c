/*
 * Each write once more, with its Idempotency-Key: it is made once, and the
 * second answer shows what its caller may see by then.
 */
#include <stdio.h>
#include <string.h>

#include "kept.h"
#include "walk.h"

static const char other_secret[] = "01ARZ3NDEKTSV4RRFFQ69G5FAW";

/* --- the first time ------------------------------------------------------- */

/* What the first answer said, which every later one says again. */
struct first {
	const struct visit *visit;
	int status;
	char location[256];
	char secret[128]; /* that it showed; "": none */
	char audit[32];   /* rows of the trail */
};

static void begin(struct walk *walk, struct ask *ask, const struct visit *visit)
{
	visit_begin(walk, ask, visit);
	ask_header(ask, "Idempotency-Key: walked");
	ask_body(ask, visit->right);
}

static void count_audit(struct walk *walk, char out[32])
{
	world_text(&walk->world, out, 32,
	    "SELECT CAST(COUNT(*) AS CHAR) AS a FROM audit_events");
}

/* The key, or the link with a token, that an answer shows. */
static void find_secret(const struct ask *ask, char *out, size_t size)
{
	static const char *const members[] = { "\"key\":\"", "\"secretKey\":\"",
		"\"link\":\"" };

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *at = strstr(ask->answer.body, members[i]);

		if (at == NULL)
			continue;
		at += strlen(members[i]);
		snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
	}
}

static bool make(
    struct walk *walk, const struct visit *visit, struct first *first)
{
	struct ask ask;

	begin(walk, &ask, visit);
	if (!ask_expect(walk, &ask, ERR_NONE, ""))
		return false;
	first->visit = visit;
	first->status = ask.answer.status;
	(void)answer_header(
	    &ask.answer, "Location", first->location, sizeof(first->location));
	find_secret(&ask, first->secret, sizeof(first->secret));
	if (ask_has(&ask, "Idempotency-Replayed", "true"))
		ask_wrong(walk, &ask, "is a replay already");
	count_audit(walk, first->audit);
	return true;
}

/* Another caller than the row's own, or another target, and what comes before.
 */
static struct visit prepare(struct walk *walk, const struct route *row)
{
	struct visit visit = visit_of(walk, row);
	struct world *world = &walk->world;
	struct target targets[TARGETS_MAX];

	(void)row_targets(row, world, targets);
	if (row->scope ==
	    SCOPE_KEY) /* the other one is what it is asked with */
		visit.target = targets[MADE_BY_ADMIN];
	if (strstr(row->pattern, "/restore") ||
	    strstr(row->pattern, "/purge")) {
		world_delete_home(world);
		visit.target.path = world->organizations[HOME];
	}
	if (row_names_secret(row) && row->method == METHOD_DELETE) {
		world_script(world,
		    "INSERT INTO secret_keys (id, organization_id, project_id,"
		    " secret_key, created_at) VALUES ('%s', '%s', '%s', '%s',"
		    " UTC_TIMESTAMP(3))",
		    other_secret, world->organizations[HOME],
		    world->projects[FIRST], other_secret);
		visit.target.second = other_secret;
	}
	return visit;
}

/* --- and once more -------------------------------------------------------- */

/*
 * What it may show of the world is looked at by ask_send(), as of every
 * answer, with the caller's rights of now.  False: it is no replay.
 */
static bool again(struct walk *walk, const struct first *first,
    const struct visitor *caller, struct ask *ask)
{
	struct visit visit = *first->visit;
	char location[256], audit[32];

	visit.caller = *caller;
	begin(walk, ask, &visit);
	if (!ask_send(walk, ask))
		return false;
	if (ask->answer.status != first->status ||
	    !ask_has(ask, "Idempotency-Replayed", "true")) {
		ask_wrong(walk, ask, "is no replay of %d", first->status);
		return false;
	}
	(void)answer_header(
	    &ask->answer, "Location", location, sizeof(location));
	if (strcmp(location, first->location) != 0)
		ask_wrong(
		    walk, ask, "has not the Location %s", first->location);
	count_audit(walk, audit);
	if (strcmp(audit, first->audit) != 0)
		ask_wrong(walk, ask, "is made again");
	return true;
}

enum less { LOWER_KEY, DEMOTED, REMOVED };

/* The same person with less. */
static void again_with_less(struct walk *walk, const struct first *first,
    const struct visitor *caller, enum less how)
{
	static const char *const labels[] = { "by a lower key",
		"after demotion", "after removal" };
	bool is_own_key = strncmp(first->secret, "tny_", 4) == 0;
	struct visitor less = *caller;
	struct ask ask;

	snprintf(less.label, sizeof(less.label), "%s %s", caller->person->name,
	    labels[how]);
	if (!again(walk, first, &less, &ask))
		return;
	/* the request that made it brings what opens it, while it is there */
	if (first->secret[0] != '\0' && !(is_own_key && how == DEMOTED) &&
	    ask_shows(&ask, first->secret))
		ask_wrong(walk, &ask, "shows the secret");
	/* every name in the world has it, and every name that was sent */
	if (how == REMOVED && first->visit->row->need != NEED_PERSON &&
	    ask_shows(&ask, walk->world.mark))
		ask_wrong(walk, &ask, "shows a name");
}

/* In the database and in the facts: USER, or NOTHING. */
static void demote(struct walk *walk, const struct person *person,
    enum rank rank, struct person *out)
{
	const char *id = walk->world.users[person - people];

	*out = *person;
	out->is_system_admin = false;
	for (int i = 0; i < ORGANIZATIONS; i++)
		out->in[i] = person->in[i] == NOTHING ? NOTHING : rank;
	for (int i = 0; i < PROJECTS; i++)
		out->of[i] = NOTHING;
	world_script(&walk->world,
	    "UPDATE users SET is_system_admin = 0 WHERE id = '%s';"
	    "DELETE FROM project_bindings WHERE user_id = '%s';"
	    "%s organization_bindings %s WHERE user_id = '%s'",
	    id, id, rank == NOTHING ? "DELETE FROM" : "UPDATE",
	    rank == NOTHING ? "" : "SET role = 'user'", id);
}

static void repeat(struct walk *walk, const struct first *first)
{
	const struct visitor *caller = &first->visit->caller;
	struct visitor less = *caller;
	struct person person;
	struct ask ask;

	if (again(walk, first, caller, &ask) && first->secret[0] != '\0' &&
	    caller->by == BY_KEY && !ask_shows(&ask, first->secret))
		ask_wrong(walk, &ask, "does not show the secret again");
	less = world_caller_by_key(
	    &walk->world, (int)(caller->person - people), VIEWER, ANYWHERE);
	again_with_less(walk, first, &less, LOWER_KEY);
	less = *caller;
	less.person = &person;
	demote(walk, caller->person, USER, &person);
	again_with_less(walk, first, &less, DEMOTED);
	demote(walk, caller->person, NOTHING, &person);
	again_with_less(walk, first, &less, REMOVED);
}

void a_replay_shows_what_its_caller_may_see_by_now(struct walk *walk)
{
	struct kept kept = kept_make(&walk->world);
	unsigned writes = 0, secrets = 0;

	for (EACH_ROW(row)) {
		struct visit visit;
		struct first first = { .secret = "" };

		if (!row_writes(row))
			continue;
		visit = prepare(walk, row);
		writes++;
		if (make(walk, &visit, &first))
			repeat(walk, &first);
		secrets += first.secret[0] != '\0';
		kept_restore(&walk->world, &kept);
	}
	kept_drop(&walk->world, &kept);
	printf("# %u writes, %u with a secret\n", writes, secrets);
	if (writes < 40 || secrets < 5)
		walk_finding(walk, "-", "too little is written");
}
