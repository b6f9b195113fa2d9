#include "kept.h"

#include <string.h>

/* Not the copies, and what no write of a caller undoes (world_sums()). */
#define TABLES \
	" FROM information_schema.tables WHERE table_schema = DATABASE()" \
	" AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'kept\\_%%'" \
	" AND table_name NOT IN ('login_failures', 'security_events')"

/* Those that are stored: the others are computed. */
#define COLUMNS \
	" FROM information_schema.columns WHERE table_schema = DATABASE()" \
	" AND COALESCE(generation_expression, '') = ''" \
	" AND table_name = '%s'"

struct kept kept_make(struct world *world)
{
	struct kept kept = { "SET foreign_key_checks = 0;", "" };
	char table[64] = "", columns[4096];

	for (;;) {
		world_text(world, table, sizeof(table),
		    "SELECT COALESCE(MIN(table_name), '') AS a" TABLES
		    " AND table_name > '%s'",
		    table);
		if (table[0] == '\0')
			break;
		world_text(world, columns, sizeof(columns),
		    "SELECT GROUP_CONCAT('`', column_name, '`') AS a" COLUMNS,
		    table);
		world_script(world,
		    "DROP TABLE IF EXISTS kept_%s;"
		    "CREATE TABLE kept_%s LIKE %s;"
		    "INSERT INTO kept_%s (%s) SELECT %s FROM %s",
		    table, table, table, table, columns, columns, table);
		kept.restore = arena_print(world->mem,
		    "%sDELETE FROM %s; INSERT INTO %s (%s) SELECT %s"
		    " FROM kept_%s;",
		    kept.restore, table, table, columns, columns, table);
		kept.drop = arena_print(
		    world->mem, "%sDROP TABLE kept_%s;", kept.drop, table);
	}
	kept.restore = arena_print(
	    world->mem, "%sSET foreign_key_checks = 1", kept.restore);
	return kept;
}

void kept_restore(struct world *world, const struct kept *kept)
{
	world_script(world, "%s", kept->restore);
}

void kept_drop(struct world *world, const struct kept *kept)
{
	world_script(world, "%s", kept->drop);
}
