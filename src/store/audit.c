#include "store/audit.h"

#include <string.h>

#include "store/audit_change.h"
#include "store/columns.h"
#include "store/snapshot.h"

enum { DETAIL_MAX = 500 /* bytes */ };

/*
 * The newest row of a chain, and the hash of the row that is entered next.  An
 * UPDATE of one table assigns from left to right: each expression sees the new
 * values of those before it.  Takes the first two lines that are hashed, the
 * text of the row, and the chain.
 */
#define AT_TEXT MICROSECONDS("audit_at")
#define RAISE(table_, condition_) \
	"UPDATE " table_ " SET audit_seq = audit_seq + 1," \
	" audit_at = COALESCE(GREATEST(UTC_TIMESTAMP(6)," \
	" audit_at + INTERVAL 1 MICROSECOND), UTC_TIMESTAMP(6))," \
	" audit_hash = UNHEX(SHA2(CONCAT(?, audit_seq, '\\n', " AT_TEXT \
	", '\\n', COALESCE(LOWER(HEX(audit_hash)), REPEAT('0', 64))," \
	" '\\n', ?), 256)) WHERE id = ?" condition_

/*
 * With the newest of the chain, which the statement before has raised; both are
 * sent together.
 */
#define ENTER(table_) \
	"INSERT INTO audit_events (id, at, user_id, organization_id, action," \
	" resource_kind, resource_id, request_id, detail, key_id, project_id," \
	" session_id, change_json, chain_id, seq, chain_at, hash)" \
	" SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, c.id, c.audit_seq," \
	" c.audit_at, c.audit_hash FROM " table_ " c WHERE c.id = ?" \
	" AND " IF_CHANGED

enum { RAISE_VALUES = 3 };

/* One kind of place where the newest row of a chain is kept. */
struct chain {
	struct statement raise, enter;
};

static const struct chain organizations = {
	{ .text = RAISE("organizations", " AND audit_seq > 0"),
	    .values = RAISE_VALUES },
	{ .text = ENTER("organizations"), .values = AUDIT_VALUES },
};
/* The same behind a statement that has changed a row. */
static const struct chain organizations_behind = {
	{ .text = RAISE("organizations", " AND audit_seq > 0 AND " IF_CHANGED),
	    .values = RAISE_VALUES },
	{ .text = ENTER("organizations"), .values = AUDIT_VALUES },
};
/* The first row of a chain. */
static const struct chain beginnings = {
	{ .text = RAISE("organizations", " AND audit_seq = 0"),
	    .values = RAISE_VALUES },
	{ .text = ENTER("organizations"), .values = AUDIT_VALUES },
};
static const struct chain installation = {
	{ .text = RAISE("audit_chains", ""), .values = RAISE_VALUES },
	{ .text = ENTER("audit_chains"), .values = AUDIT_VALUES },
};

static const struct statement find = {
	.text = "SELECT 1 AS found FROM audit_events WHERE id = ?",
	.values = 1,
	.tables = { &statement_found_table },
};

const struct statement *const audit_statements[] = { &organizations.raise,
	&organizations.enter, &organizations_behind.raise,
	&organizations_behind.enter, &beginnings.raise, &beginnings.enter,
	&installation.raise, &installation.enter, &find, NULL };

const char *audit_id(struct store *st)
{
	if (st->write.id[0] == '\0')
		ulid_make(&st->ids, (uint64_t)st->now, st->write.id);
	return st->write.id;
}

enum err audit_find(struct store *st, const char *id, bool *found)
{
	struct db_value value = db_text(id);

	return store_exists(st, &find, &value, found);
}

const char *audit_request(const struct store *st)
{
	return st->request_id ? st->request_id : "cli";
}

/* --- texts ---------------------------------------------------------------- */

static const char *cut(struct store *st, const char *detail)
{
	size_t length = detail != NULL ? strnlen(detail, DETAIL_MAX) : 0;

	/* not in the middle of a character */
	while (length > 0 && ((unsigned char)detail[length] & 0xc0) == 0x80)
		length--;
	return length > 0 ? arena_copy(st->mem, detail, length) : "";
}

static const char *line(const char *text)
{
	return text != NULL ? text : "";
}

/* A row as it is entered: what is cut or absent is settled. */
struct row {
	struct audit_entry entry;
	char id[ULID_SIZE];
};

static const char *text_of(struct store *st, const struct row *row)
{
	const struct audit_entry *e = &row->entry;

	return arena_print(st->mem,
	    "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s", row->id,
	    line(e->organization_id), line(e->user_id), line(e->key_id),
	    line(e->session_id), e->action, e->resource_kind,
	    line(e->resource_id), line(e->project_id), audit_request(st),
	    e->detail, e->change);
}

static void settle(struct store *st, struct audit_entry *entry)
{
	entry->detail = cut(st, entry->detail);
	if (entry->change == NULL)
		entry->change = "{}";
}

static const char *begin_of(struct store *st, const char *chain_id)
{
	return arena_print(st->mem, AUDIT_FORMAT "\n%s\n", chain_id);
}

/* --- rows ----------------------------------------------------------------- */

static void bind(struct store *st, const char *chain_id, const struct row *row,
    struct db_value out[AUDIT_VALUES])
{
	const struct audit_entry *e = &row->entry;
	const struct db_value values[AUDIT_VALUES] = {
		db_text(row->id),
		db_time(st->now),
		db_text(e->user_id),
		db_text(e->organization_id),
		db_text(e->action),
		db_text(e->resource_kind),
		db_text(e->resource_id),
		db_text(audit_request(st)),
		db_bytes(e->detail, strlen(e->detail)),
		db_text(e->key_id),
		db_text(e->project_id),
		db_text(e->session_id),
		db_text(e->change),
		db_text(chain_id),
	};

	memcpy(out, values, sizeof(values));
}

/*
 * Behind `first`, unless that is NULL.  `*is_there` false: the chain has no row
 * of that kind, or `first` has changed nothing; no row was entered.
 */
static enum err append(struct store *st, const struct chain *chain,
    const struct row *row, struct store_change *first, bool *is_there)
{
	const char *chain_id = chain == &installation
	    ? AUDIT_INSTALLATION
	    : row->entry.organization_id;
	const char *begin = begin_of(st, chain_id);
	const struct db_value raised[RAISE_VALUES] = { db_text(begin),
		db_text(text_of(st, row)), db_text(chain_id) };
	struct db_value entered[AUDIT_VALUES];
	struct store_change changes[3];
	size_t count = 0;
	enum err err;

	bind(st, chain_id, row, entered);
	if (first != NULL)
		changes[count++] = *first;
	changes[count++] = (struct store_change){ .statement = &chain->raise,
		.values = raised };
	changes[count++] = (struct store_change){ .statement = &chain->enter,
		.values = entered };
	err = store_run_together(st, changes, count);
	if (first != NULL)
		*first = changes[0];
	*is_there = changes[count - 1].affected == 1;
	return err;
}

/* The first row of a transaction has the id of the write. */
static void name_row(struct store *st, struct row *row)
{
	if (st->write.is_entered)
		ulid_make(&st->ids, (uint64_t)st->now, row->id);
	else
		memcpy(row->id, audit_id(st), sizeof(row->id));
	st->write.is_entered = true;
}

enum err audit_begin(
    struct store *st, const char *organization_id, bool *is_there)
{
	struct row row = { .entry = { .organization_id = organization_id,
			       .action = "audit.genesis",
			       .resource_kind = "Organization",
			       .resource_id = organization_id,
			       .detail = "" } };
	enum err err = snapshot_read(
	    st, organization_id, &row.entry.change, is_there);

	if (err || !*is_there)
		return err;
	name_row(st, &row);
	return append(st, &beginnings, &row, NULL, is_there);
}

static bool is_import(const struct audit_entry *entry)
{
	return strcmp(entry->action, "organization.import") == 0;
}

static enum err append_to_organization(
    struct store *st, const struct row *row, bool *is_there)
{
	const char *id = row->entry.organization_id;
	enum err err;

	/* the chain begins with it */
	if (is_import(&row->entry))
		return append(st, &beginnings, row, NULL, is_there);
	err = append(st, &organizations, row, NULL, is_there);
	if (err || *is_there)
		return err;
	if ((err = audit_begin(st, id, is_there)) || !*is_there)
		return err;
	return append(st, &organizations, row, NULL, is_there);
}

static bool has_organization(const struct audit_entry *entry)
{
	return entry->organization_id != NULL && *entry->organization_id;
}

enum err audit_insert(struct store *st, const struct audit_entry *entry)
{
	struct row row = { .entry = *entry };
	bool is_there = false;
	enum err err = ERR_NONE;

	settle(st, &row.entry);
	name_row(st, &row);
	if (has_organization(entry))
		err = append_to_organization(st, &row, &is_there);
	/* of an organization that is gone, or of none */
	if (!err && !is_there)
		err = append(st, &installation, &row, NULL, &is_there);
	return err || is_there ? err : ERR_INTERNAL;
}

enum err audit_insert_behind(struct store *st, struct store_change *first,
    const struct audit_entry *entry)
{
	struct row row = { .entry = *entry };
	bool was_entered = st->write.is_entered, is_there;
	enum err err;

	if (!has_organization(entry)) {
		first->err = store_run(
		    st, first->statement, first->values, &first->affected);
		return first->err || first->affected == 0
		    ? first->err
		    : audit_insert(st, entry);
	}
	settle(st, &row.entry);
	name_row(st, &row);
	err = append(st, &organizations_behind, &row, first, &is_there);
	if (err || is_there)
		return err;
	st->write.is_entered = was_entered;
	/* a chain that has not begun */
	return first->affected > 0 ? audit_insert(st, entry) : ERR_NONE;
}

void audit_first(struct store *st, const struct audit_entry *entry,
    struct audit_first *first)
{
	struct row *row = arena_alloc(st->mem, sizeof(*row));

	row->entry = *entry;
	settle(st, &row->entry);
	name_row(st, row);
	first->begin = begin_of(st, entry->organization_id);
	first->text = text_of(st, row);
	bind(st, entry->organization_id, row, first->values);
	first->enter = (struct store_change){ .statement = &organizations.enter,
		.values = first->values };
}
