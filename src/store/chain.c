#include "store/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edge/crypto.h"
#include "store/audit.h"
#include "store/columns.h"

enum { PAGE = 500 };

#define COLUMN(name_, type_, struct_, member_) \
	{ \
		.member = name_, .column = name_, .type = type_, \
		FIELD_AT(struct struct_, member_) \
	}
#define TEXT(name_, member_) COLUMN(name_, FIELD_TEXT, chain_row, member_)

static const struct field row_fields[] = {
	TEXT("chain", chain_id),
	COLUMN("seq", FIELD_INTEGER, chain_row, seq),
	TEXT("at", at),
	TEXT("hash", hash),
	TEXT("id", id),
	TEXT("organization", organization_id),
	TEXT("user", user_id),
	TEXT("key", key_id),
	TEXT("session", session_id),
	TEXT("action", action),
	TEXT("kind", kind),
	TEXT("resource", resource_id),
	TEXT("project", project_id),
	TEXT("request", request_id),
	TEXT("detail", detail),
	TEXT("change", change),
};
const struct field_table chain_row_table = FIELD_TABLE(row_fields);

static const struct field head_fields[] = {
	COLUMN("id", FIELD_TEXT, chain_head, id),
	COLUMN("seq", FIELD_INTEGER, chain_head, seq),
	COLUMN("at", FIELD_TEXT, chain_head, at),
	COLUMN("hash", FIELD_TEXT, chain_head, hash),
	COLUMN("is_old", FIELD_BOOL, chain_head, is_old),
};
const struct field_table chain_head_table = FIELD_TABLE(head_fields);

static const struct field beginning_fields[] = {
	COLUMN("id", FIELD_TEXT, chain_beginning, last.id),
	COLUMN("seq", FIELD_INTEGER, chain_beginning, last.seq),
	COLUMN("at", FIELD_TEXT, chain_beginning, last.at),
	COLUMN("hash", FIELD_TEXT, chain_beginning, last.hash),
	COLUMN("token", FIELD_TEXT, chain_beginning, token),
};
static const struct field_table beginning_table = FIELD_TABLE(beginning_fields);

struct id_row {
	char id[ULID_SIZE];
};
static const struct field id_fields[] = {
	COLUMN("id", FIELD_TEXT, id_row, id),
};
static const struct field_table id_table = FIELD_TABLE(id_fields);

#define PLACE \
	"e.chain_id AS chain, e.seq, " MICROSECONDS( \
	    "e.chain_at") " AS at," \
			  " LOWER(HEX(e.hash)) AS hash"

static const struct statement page = {
	.text = "SELECT " PLACE ", e.id, e.organization_id AS organization,"
		" e.user_id AS user, e.key_id AS `key`,"
		" e.session_id AS session, e.action, e.resource_kind AS kind,"
		" e.resource_id AS resource, e.project_id AS project,"
		" e.request_id AS request, e.detail,"
		" e.change_json AS `change` FROM audit_events e"
		" FORCE INDEX (audit_events_chain) WHERE e.chain_id = ?"
		" AND e.seq > ? ORDER BY e.chain_id, e.seq LIMIT 500",
	.values = 2,
	.tables = { &chain_row_table },
};

_Static_assert(PAGE == 500, "as LIMIT says");

#define NEWEST(alias_) \
	alias_ ".id, " alias_ ".audit_seq AS seq, " MICROSECONDS( \
	    alias_ ".audit_at") " AS at, LOWER(HEX(" alias_ ".audit_hash))" \
				" AS hash, "

/* Made before the schema that has chains, or no organization. */
static const struct statement newest = {
	.bounded = "one row by its id; the migrations are few",
	.text = "SELECT " NEWEST(
	    "o") "o.created_at <= (SELECT m.applied_at FROM schema_migrations m"
		 " WHERE m.version = 15) AS is_old"
		 " FROM organizations o WHERE o.id = ?",
	.values = 1,
	.tables = { &chain_head_table },
};

static const struct statement newest_of_none = {
	.text = "SELECT " NEWEST("c") "1 AS is_old FROM audit_chains c"
				      " WHERE c.id = ?",
	.values = 1,
	.tables = { &chain_head_table },
};

static const struct statement beginning = {
	.text = "SELECT b.chain_id AS id, b.seq, " MICROSECONDS(
	    "b.at") " AS at, LOWER(HEX(b.hash)) AS hash, b.head AS token"
		    " FROM audit_beginnings b WHERE b.chain_id = ?",
	.values = 1,
	.tables = { &beginning_table },
};

static const struct statement after = {
	.bounded = "asked by the tool only",
	.text = "SELECT MIN(n.id) AS id FROM (SELECT MIN(id) AS id"
		" FROM organizations WHERE id > ? UNION ALL SELECT MIN(id)"
		" FROM audit_chains WHERE id > ? UNION ALL SELECT"
		" MIN(chain_id) FROM audit_events WHERE chain_id > ?) n",
	.values = 3,
	.tables = { &id_table },
};

static const struct statement count_before = {
	.bounded = "asked by the tool only",
	.text = "SELECT COUNT(*) AS value FROM audit_events"
		" WHERE organization_id = ? AND chain_id IS NULL",
	.values = 1,
	.tables = { &statement_number_table },
};

const struct statement *const chain_statements[] = { &page, &newest,
	&newest_of_none, &beginning, &after, &count_before, NULL };

enum err chain_find(
    struct store *st, const char *id, struct chain_head *head, bool *found)
{
	struct db_value value = db_text(id);
	enum err err;

	memset(head, 0, sizeof(*head));
	if ((err = store_find(st, &newest, &value, head, found)) || *found)
		return err;
	return store_find(st, &newest_of_none, &value, head, found);
}

enum err chain_find_beginning(
    struct store *st, const char *id, struct chain_beginning *out)
{
	struct db_value value = db_text(id);
	bool found;

	memset(out, 0, sizeof(*out));
	return store_find(st, &beginning, &value, out, &found);
}

enum err chain_after(struct store *st, const char *id, char next[ULID_SIZE])
{
	/* an empty text would be NULL */
	const struct db_value value = db_text(*id != '\0' ? id : " ");
	const struct db_value values[] = { value, value, value };
	struct id_row row = { "" };
	bool found;
	enum err err = store_find(st, &after, values, &row, &found);

	memcpy(next, row.id, sizeof(row.id));
	return err;
}

/* --- rows ----------------------------------------------------------------- */

struct taking {
	void (*take)(void *context, const struct chain_row *row);
	void *context;
	struct chain_row *row;
	int64_t count; /* of the page */
};

static enum err take_page(
    struct store *st, const struct db_value *values, struct taking *taking)
{
	const struct db_query query = { page.text, values, page.values, false };
	const struct db_target target = { { { &chain_row_table, taking->row } },
		1, 0 };
	bool more = false;
	enum err err = db_select(st->db, &query, &target);

	taking->count = 0;
	while (!err && !(err = db_next(st->db, &more)) && more) {
		taking->count++;
		taking->take(taking->context, taking->row);
	}
	return err;
}

enum err chain_each(struct store *st, const char *id, int64_t after_seq,
    void (*take)(void *context, const struct chain_row *row), void *context)
{
	struct taking taking = { .take = take, .context = context };
	struct arena mem; /* given back: there may be many chains */
	enum err err;

	arena_init(&mem);
	taking.row = arena_alloc(&mem, sizeof(*taking.row));
	taking.row->seq = after_seq;
	do {
		const struct db_value values[] = { db_text(id),
			db_integer(taking.row->seq) };

		/* a page has the time of a request: a chain has any length */
		db_begin_request(st->db);
		err = take_page(st, values, &taking);
	} while (!err && taking.count == PAGE);
	arena_release(&mem);
	return err;
}

/* --- verify --------------------------------------------------------------- */

struct verifying {
	struct chain_verify *verify;
	struct arena mem; /* of one row */
	struct chain_head last;
	int64_t events_before; /* as genesis says */
	bool is_kept_seen;
};

static void report(struct verifying *v, int64_t seq, const char *problem)
{
	v->verify->problems++;
	v->verify->report(v->verify->context, seq, problem);
}

/* The bytes are those of store/audit.c. */
static void hash_of(struct arena *mem, const char *before,
    const struct chain_row *row, char out[CRYPTO_SHA256_HEX_SIZE])
{
	const char *bytes = arena_print(mem,
	    AUDIT_FORMAT "\n%s\n%" PRId64 "\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n"
			 "%s\n%s\n%s\n%s\n%s\n%s",
	    row->chain_id, row->seq, row->at, before, row->id,
	    row->organization_id, row->user_id, row->key_id, row->session_id,
	    row->action, row->kind, row->resource_id, row->project_id,
	    row->request_id, row->detail, row->change);

	crypto_sha256_hex(bytes, strlen(bytes), out);
}

static void begin(struct verifying *v, const struct chain_row *row)
{
	long long count = 0;

	if (strcmp(row->action, "audit.genesis") == 0 &&
	    sscanf(row->change, "{\"events\":%lld", &count) == 1)
		v->events_before = count;
}

static void verify_row(void *context, const struct chain_row *row)
{
	struct verifying *v = context;
	const struct chain_head *kept = v->verify->kept;
	char hash[CRYPTO_SHA256_HEX_SIZE];

	v->verify->rows++;
	if (row->seq == 1)
		begin(v, row);
	if (row->seq != v->last.seq + 1)
		report(v, v->last.seq + 1,
		    arena_print(&v->mem, "%lld rows are missing",
			(long long)(row->seq - v->last.seq - 1)));
	hash_of(&v->mem, v->last.hash, row, hash);
	/* behind a gap the row before is not known */
	if (row->seq == v->last.seq + 1 && strcmp(hash, row->hash) != 0)
		report(v, row->seq,
		    "the row is not as it was written, or not in its place");
	if (strcmp(row->at, v->last.at) <= 0)
		report(v, row->seq, "the row is not later than the one before");
	if (kept != NULL && kept->seq == row->seq) {
		v->is_kept_seen = true;
		if (strcmp(kept->hash, row->hash) != 0)
			report(v, row->seq,
			    "the row is another one than the head names");
	}
	v->last.seq = row->seq;
	memcpy(v->last.at, row->at, sizeof(row->at));
	memcpy(v->last.hash, row->hash, sizeof(row->hash));
	arena_reset(&v->mem);
}

/* The newest as the organization named it, before and after the rows. */
struct newest {
	struct chain_head before, after;
	bool found;
};

static bool is_named(const struct chain_head *last, const struct chain_head *by)
{
	return by->seq != last->seq || strcmp(by->hash, last->hash) == 0;
}

/* The newest row against the one that the organization names. */
static void verify_newest(struct verifying *v, const struct newest *named)
{
	const struct chain_head *last = &v->last, *before = &named->before;

	if (!named->found)
		report(v, 0, "nothing names the newest row of this chain");
	else if (last->seq == 0 && (before->seq > 0 || !before->is_old))
		report(v, 0, "the chain is gone: it has no row");
	else if (last->seq < before->seq)
		report(v, last->seq + 1,
		    arena_print(&v->mem,
			"the end is cut: %lld rows are missing",
			(long long)(before->seq - last->seq)));
	else if (last->seq > named->after.seq)
		report(v, named->after.seq + 1,
		    "the row is newer than the newest of the organization");
	else if (last->seq > 0 &&
	    (!is_named(last, before) || !is_named(last, &named->after)))
		report(v, last->seq,
		    "the row is another one than the organization names");
}

static enum err verify_before(
    struct store *st, struct verifying *v, const char *id)
{
	struct db_value value = db_text(id);
	int64_t count;
	enum err err = store_number(st, &count_before, &value, &count);

	if (!err && v->last.seq > 0 && count != v->events_before)
		report(v, 0,
		    arena_print(&v->mem,
			"there are %lld rows without a chain, and the chain"
			" began with %lld",
			(long long)count, (long long)v->events_before));
	return err;
}

/* Behind what was cut, if something was; a head of that is out of reach. */
static enum err begin_at(
    struct store *st, struct verifying *v, const char *id, bool *is_cut)
{
	const struct chain_head *kept = v->verify->kept;
	struct chain_beginning *cut = arena_alloc(&v->mem, sizeof(*cut));
	enum err err = chain_find_beginning(st, id, cut);

	memset(v->last.hash, '0', CHAIN_HASH_SIZE - 1);
	*is_cut = cut->last.seq > 0;
	if (err || !*is_cut)
		return err;
	v->last = cut->last;
	v->is_kept_seen = kept != NULL && kept->seq <= cut->last.seq;
	if (kept != NULL && kept->seq == cut->last.seq &&
	    strcmp(kept->hash, cut->last.hash) != 0)
		report(
		    v, kept->seq, "the row is another one than the head names");
	return ERR_NONE;
}

enum err chain_verify(
    struct store *st, const char *id, struct chain_verify *verify)
{
	struct verifying v = { .verify = verify };
	struct newest named = { .found = false };
	bool is_cut = false;
	enum err err;

	arena_init(&v.mem);
	/* twice: others may write meanwhile */
	err = chain_find(st, id, &named.before, &named.found);
	if (!err)
		err = begin_at(st, &v, id, &is_cut);
	if (!err)
		err = chain_each(st, id, v.last.seq, verify_row, &v);
	if (!err)
		err = chain_find(st, id, &named.after, &named.found);
	if (!err)
		verify_newest(&v, &named);
	if (!err && verify->kept != NULL && !v.is_kept_seen)
		report(&v, verify->kept->seq,
		    "the row that the head names is missing");
	if (!err && !is_cut)
		err = verify_before(st, &v, id);
	arena_release(&v.mem);
	return err;
}
