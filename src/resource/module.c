#include "resource/module.h"

#include "store/schema.h"

#define PAGE_PARAMETERS \
	{ .name = "limit", .type = QUERY_LIMIT }, \
	    { .name = "after", .type = QUERY_CURSOR }, \
	{ \
		.name = "q", .type = QUERY_PREFIX, .component = "NameBegin", \
		.says = "Only those whose display name begins so. Upper and" \
			" lower case are the same.", \
		.example = "acme" \
	}

static const struct query_parameter page_parameters[] = { PAGE_PARAMETERS };
const struct query_table page_query = QUERY_TABLE(page_parameters);

static const struct query_parameter organization_parameters[] = {
	PAGE_PARAMETERS,
	{ .name = "state",
	    .type = QUERY_WORD,
	    .words = "active deleted",
	    .component = "OrganizationState",
	    .says = "`deleted`: in place of the caller's organizations those"
		    " that can be restored. The caller was an admin of them"
		    " then; a system administrator gets all. Each has its"
		    " `status`.",
	    .example = "deleted" },
};
const struct query_table organization_query = QUERY_TABLE(
    organization_parameters);

static const struct query_parameter dry_run_parameters[] = {
	{ .name = "dryRun",
	    .type = QUERY_WORD,
	    .words = "true false",
	    .component = "DryRun",
	    .says = "true: nothing is changed, and the answer is a 200 that"
		    " tells what would go. It is refused for the same reasons"
		    " as the removal. Idempotency-Key counts for nothing"
		    " then." },
};
const struct query_table dry_run_query = QUERY_TABLE(dry_run_parameters);

struct route_table modules_routes(struct arena *mem)
{
	const struct route **rows;
	size_t count = 0, n = 0;

	for (size_t m = 0; modules[m] != NULL; m++)
		count += modules[m]->route_count;
	rows = arena_alloc(mem, count * sizeof(void *));
	for (size_t m = 0; modules[m] != NULL; m++)
		for (size_t i = 0; i < modules[m]->route_count; i++)
			rows[n++] = &modules[m]->routes[i];
	return (struct route_table){ rows, count };
}

/* Words of routes and of the console's pages that are not there yet. */
static const char to_come[] = "all/audit/changes/current/deleted/history/"
			      "invitations/keys/leave/license/me/members/new/"
			      "next-login/restore/roles/settings/switch";

const char *const *modules_reserved(
    struct arena *mem, const struct route_table *routes)
{
	size_t count = routes->count;
	const char **paths = arena_alloc(mem, (count + 2) * sizeof(char *));

	for (size_t i = 0; i < count; i++)
		paths[i] = routes->rows[i]->pattern;
	paths[count] = to_come;
	paths[count + 1] = NULL;
	return paths;
}

/* Adds a set to the list, or only counts it (`list` NULL). */
static size_t add(
    const struct statement **list, size_t n, const struct statement *const *set)
{
	for (; set != NULL && *set != NULL; set++) {
		const struct statement *next = (*set)->next_page;

		if (list != NULL)
			list[n] = *set;
		n++;
		if (next != NULL && list != NULL)
			list[n] = next;
		n += next != NULL;
	}
	return n;
}

static size_t add_all(const struct statement **list)
{
	size_t n = 0;

	for (size_t m = 0; modules[m] != NULL; m++)
		n = add(list, n, modules[m]->statements);
	for (size_t i = 0; schema_sets[i] != NULL; i++)
		n = add(list, n, schema_sets[i]);
	return n;
}

const struct statement *const *modules_statements(struct arena *mem)
{
	size_t count = add_all(NULL);
	const struct statement **list = arena_alloc(
	    mem, (count + 1) * sizeof(void *));

	(void)add_all(list);
	return list;
}
