#include "http/accept.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t");
}

/* Behind a quoted string (RFC 9110 section 5.6.4), or NULL: it has no end. */
static const char *skip_quoted(const char *at)
{
	at++;
	while (*(at += strcspn(at, "\"\\")) == '\\')
		at += at[1] != '\0' ? 2 : 1;
	return *at == '"' ? at + 1 : NULL;
}

/*
 * The first `"` that begins no quoted string, as none ends behind it, or the
 * end.  No later one begins a string either: it is looked for once, and not
 * again from each of them, which would take the square of the length.
 */
static const char *find_stray(const char *at)
{
	while (*(at += strcspn(at, "\"")) != '\0') {
		const char *next = skip_quoted(at);

		if (next == NULL)
			return at;
		at = next;
	}
	return at;
}

/*
 * The first of `stops` outside of quoted strings, or the end.  A `"` is among
 * them, so that strings are seen.
 */
static const char *find(const char *at, const char *stops, const char *stray)
{
	while (*(at += strcspn(at, stops)) == '"')
		at = at < stray ? skip_quoted(at) : at + 1;
	return at;
}

#define ANY_STOP ",;\""
#define COMMA ",\""

enum { FULL = 1000 };

/*
 * The weight of a range in thousandths (RFC 9110 section 12.4.2): `params` is
 * at the first `;`.  Without one, or with one that is malformed, it is full.
 */
static int weight(const char *params, const char *end, const char *stray)
{
	while (params < end) {
		const char *at = skip_space(params + 1);
		int value = 0, unit = FULL / 10;

		params = find(at, ANY_STOP, stray);
		if ((*at != 'q' && *at != 'Q') || at[1] != '=')
			continue;
		if (at[2] != '0')
			return FULL;
		at += at[3] == '.' ? 4 : 3;
		for (; isdigit((unsigned char)*at); at++, unit /= 10)
			value += (*at - '0') * unit;
		return value;
	}
	return FULL;
}

struct kind {
	const char *exact[2];
	const char *any;
};

static const struct kind kinds[ACCEPT_KINDS] = {
	[ACCEPT_JSON] = { { "application/json", "application/problem+json" },
	    "application/*" },
	[ACCEPT_HTML] = { { "text/html", "text/html" }, "text/*" },
	[ACCEPT_NDJSON] = { { "application/x-ndjson", "application/ndjson" },
	    "application/*" },
	[ACCEPT_JWT] = { { "application/jwt", "application/jwt" },
	    "application/*" },
	[ACCEPT_CSV] = { { "text/csv", "text/csv" }, "text/*" },
};

enum { CLOSE_NOT, CLOSE_ALL, CLOSE_ANY, CLOSE_EXACT };

struct wish {
	int close;  /* how closely a range names the kind */
	int weight; /* of the closest; 0: not wanted */
};

static bool is_range(const char *range, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(range, name, length) == 0;
}

/* How closely a media range names a kind. */
static int closeness(const struct kind *kind, const char *range, size_t length)
{
	if (is_range(range, length, kind->exact[0]) ||
	    is_range(range, length, kind->exact[1]))
		return CLOSE_EXACT;
	if (is_range(range, length, kind->any))
		return CLOSE_ANY;
	return is_range(range, length, "*/*") ? CLOSE_ALL : CLOSE_NOT;
}

/* What the list says of a kind; without a list everything is welcome. */
static struct wish wish_for(enum accept_kind kind, const char *list)
{
	struct wish wish = { CLOSE_NOT, 0 };
	const char *stray;

	if (list == NULL || *list == '\0')
		return (struct wish){ CLOSE_ALL, FULL };
	stray = find_stray(list);
	for (const char *at = list; *at != '\0';) {
		const char *range = skip_space(at);
		const char *params = find(range, ANY_STOP, stray);
		const char *end = find(params, COMMA, stray);
		int close = closeness(
		    &kinds[kind], range, strcspn(range, ",; \t"));
		int value = close > CLOSE_NOT ? weight(params, end, stray) : 0;

		if (close > wish.close)
			wish = (struct wish){ close, value };
		else if (close == wish.close && value > wish.weight)
			wish.weight = value;
		at = *end == ',' ? end + 1 : end;
	}
	return wish;
}

bool accept_wants_page(struct request *rq)
{
	const char *list = request_list(rq, "HTTP_ACCEPT");
	struct wish html = wish_for(ACCEPT_HTML, list);
	struct wish json = wish_for(ACCEPT_JSON, list);

	return html.close == CLOSE_EXACT && html.weight > 0 &&
	    (json.close != CLOSE_EXACT || json.weight == 0);
}

enum accept_kind accept_best(struct request *rq, unsigned offered)
{
	const char *list = request_list(rq, "HTTP_ACCEPT");
	enum accept_kind best = ACCEPT_JSON;
	int most = wish_for(ACCEPT_JSON, list).weight;

	for (unsigned kind = ACCEPT_JSON + 1; kind < ACCEPT_KINDS; kind++) {
		int weight = offered & ACCEPT_BIT(kind)
		    ? wish_for((enum accept_kind)kind, list).weight
		    : 0;

		if (weight > most) {
			best = (enum accept_kind)kind;
			most = weight;
		}
	}
	return most > 0 ? best : ACCEPT_KINDS;
}

enum err accept_check(struct request *rq, unsigned offered)
{
	if (accept_best(rq, offered) != ACCEPT_KINDS)
		return ERR_NONE;
	if (offered & ACCEPT_BIT(ACCEPT_CSV))
		return fault_set(&rq->fault, ERR_NOT_ACCEPTABLE,
		    "this list comes as application/json, application/x-ndjson"
		    " or text/csv: leave Accept out, or let one of them be in"
		    " it");
	return fault_set(&rq->fault, ERR_NOT_ACCEPTABLE,
	    "the answers of this service are JSON: leave Accept out, or let"
	    " application/json be in it");
}
