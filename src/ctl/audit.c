#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/json.h"
#include "edge/jws.h"
#include "store/audit.h"
#include "store/head.h"

enum { CLAIMS_SIZE = 512 };

static const struct field head_fields[] = {
	{ .member = "at",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct chain_head, at) },
	{ .member = "cut",
	    .type = FIELD_BOOL,
	    FIELD_AT(struct chain_head, is_cut) },
	{ .member = "hash",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct chain_head, hash) },
	{ .member = "org",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct chain_head, id) },
	{ .member = "seq",
	    .type = FIELD_INTEGER,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct chain_head, seq) },
};
static const struct field_table head_table = FIELD_TABLE(head_fields);

/*
 * The chain that --org names: an id, also of the installation or of an
 * organization that is purged, or a slug.
 */
static int find_chain(struct ctl *ctl, char id[ULID_SIZE])
{
	const char *given = ctl->options[OPTION_ORG];
	const struct ctl_names names = { .organization = given };
	struct admin_place place;
	struct chain_head head;
	bool found = false;
	enum err err = ERR_NONE;
	int status;

	if (ulid_is_valid(given))
		err = chain_find(&ctl->store, given, &head, &found);
	if (err)
		return ctl_store_failed(ctl, err);
	if (found) {
		memcpy(id, head.id, ULID_SIZE);
		return CTL_DONE;
	}
	memset(&place, 0, sizeof(place));
	if ((status = ctl_place_find(ctl, &names, &place)) == CTL_DONE)
		memcpy(id, place.organization_id, ULID_SIZE);
	return status;
}

int run_audit_list(struct ctl *ctl)
{
	char id[ULID_SIZE];
	const struct listing_filter filter = { .organization_id = id };
	int status = find_chain(ctl, id);

	return status == CTL_DONE ? print_list(ctl, LISTING_EVENTS, &filter)
				  : status;
}

/* --- heads ---------------------------------------------------------------- */

static int has_key(const struct ctl *ctl)
{
	return ctl->config.head_signer.is_there
	    ? CTL_DONE
	    : ctl_fail("head_signing_key is not set: set it and run"
		       " tenantryctl init, which makes the key");
}

int run_audit_head(struct ctl *ctl)
{
	char id[ULID_SIZE];
	struct chain_head head;
	const char *token;
	bool found;
	int status;
	enum err err;

	if ((status = has_key(ctl)) || (status = find_chain(ctl, id)))
		return status;
	if ((err = chain_find(&ctl->store, id, &head, &found)))
		return ctl_store_failed(ctl, err);
	if ((token = head_sign(&ctl->mem, &ctl->config.head_signer, &head)) ==
	    NULL)
		return ctl_fail("the chain has no row yet");
	(void)puts(token);
	return CTL_DONE;
}

/* False: it is no head that this service has signed; the fault may say why. */
static bool open_head(
    struct ctl *ctl, const char *token, struct chain_head *head)
{
	const struct crypto_public_key *key = &ctl->config.head_signer.key
						   .public_key;
	const char *claims = jws_open(&ctl->mem, key, JWS_TYPE_HEAD, token);
	struct json_source source = { claims, claims ? strlen(claims) : 0 };

	return claims != NULL &&
	    !json_decode(&ctl->mem, source, &head_table, head, &ctl->fault);
}

static int read_head(struct ctl *ctl, struct chain_head *head)
{
	const char *path = ctl->options[OPTION_HEAD];
	char *text = config_read_file(&ctl->config, path);
	int status;

	memset(head, 0, sizeof(*head));
	if ((status = has_key(ctl)))
		return status;
	if (text == NULL)
		return ctl_fail("%s cannot be read", path);
	text[strcspn(text, " \t\r\n")] = '\0';
	if (!open_head(ctl, text, head))
		return ctl_fail("%s is no head that this service has signed"
				" with its head_signing_key",
		    path);
	return CTL_DONE;
}

/* --- export --------------------------------------------------------------- */

static enum err flush(void *context, const char *data, size_t length)
{
	(void)context;
	return fwrite(data, 1, length, stdout) == length ? ERR_NONE
							 : ERR_INTERNAL;
}

/* `change` goes out as a text: its bytes are hashed. */
static void print_row(void *context, const struct chain_row *row)
{
	struct json_writer w;
	char buffer[CLAIMS_SIZE];

	(void)context;
	json_start(&w, buffer, sizeof(buffer), flush, NULL);
	json_open_object(&w);
	for (size_t i = 0; i < chain_row_table.count; i++) {
		json_key(&w, chain_row_table.rows[i].member);
		json_field(&w, &chain_row_table.rows[i], row);
	}
	json_close_object(&w);
	(void)flush(NULL, w.buffer, w.used);
	(void)putchar('\n');
}

/* Of a chain whose older rows were cut. */
static void print_beginning(const struct chain_beginning *cut)
{
	if (cut->last.seq > 0)
		(void)printf("{\"after\":%lld,\"at\":\"%s\",\"before\":"
			     "\"%s\",\"beginning\":\"%s\"}\n",
		    (long long)cut->last.seq, cut->last.at, cut->last.hash,
		    cut->token);
}

int run_audit_export(struct ctl *ctl)
{
	char id[ULID_SIZE];
	struct chain_beginning cut;
	struct chain_head head;
	const char *token;
	bool found;
	int status = find_chain(ctl, id);
	enum err err;

	if (status != CTL_DONE)
		return status;
	/* first: the rows go at least as far */
	err = chain_find(&ctl->store, id, &head, &found);
	if (!err)
		err = chain_find_beginning(&ctl->store, id, &cut);
	if (!err)
		print_beginning(&cut);
	if (!err)
		err = chain_each(
		    &ctl->store, id, cut.last.seq, print_row, NULL);
	if (err)
		return ctl_store_failed(ctl, err);
	if ((token = head_sign(&ctl->mem, &ctl->config.head_signer, &head)) !=
	    NULL)
		(void)printf("{\"head\":\"%s\"}\n", token);
	return CTL_DONE;
}

/* --- verify --------------------------------------------------------------- */

/* A line of the report. */
struct problem {
	char chain[ULID_SIZE];
	int64_t seq;
	char text[120];
};
static const struct field problem_fields[] = {
	{ .member = "chain",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct problem, chain) },
	{ .member = "seq",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct problem, seq) },
	{ .member = "problem",
	    .type = FIELD_TEXT,
	    FIELD_AT(struct problem, text) },
};
static const struct field_table problem_table = FIELD_TABLE(problem_fields);

struct summary {
	int64_t chains, rows, problems;
};
static const struct field summary_fields[] = {
	{ .member = "chains",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct summary, chains) },
	{ .member = "rows",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct summary, rows) },
	{ .member = "problems",
	    .type = FIELD_INTEGER,
	    FIELD_AT(struct summary, problems) },
};
static const struct field_table summary_table = FIELD_TABLE(summary_fields);

struct verifying {
	struct ctl *ctl;
	struct problem at; /* the chain under way */
	struct summary sum;
	struct chain_head kept; /* seq 0: none was given */
	bool is_kept_seen;
};

static void say_problem(void *context, int64_t seq, const char *text)
{
	struct verifying *v = context;

	v->at.seq = seq;
	(void)snprintf(v->at.text, sizeof(v->at.text), "%s", text);
	if (v->ctl->options[OPTION_JSON] != NULL)
		print_one(v->ctl, &problem_table, &v->at);
	else
		(void)printf(
		    "%s %lld: %s\n", v->at.chain, (long long)seq, text);
}

/* Who could write to the table could begin a chain anywhere, but not sign. */
static enum err verify_beginning(struct verifying *v)
{
	struct ctl *ctl = v->ctl;
	const struct jws_signer *signer = &ctl->config.head_signer;
	struct chain_beginning cut;
	struct chain_head head = { .seq = 0 };
	enum err err = chain_find_beginning(&ctl->store, v->at.chain, &cut);

	if (err || cut.last.seq == 0 || !signer->is_there)
		return err;
	if (!open_head(ctl, cut.token, &head) || !head.is_cut ||
	    strcmp(head.id, cut.last.id) != 0 || head.seq != cut.last.seq ||
	    strcmp(head.hash, cut.last.hash) != 0) {
		v->sum.problems++;
		say_problem(v, cut.last.seq,
		    "the beginning behind this row is not signed as one by"
		    " this service");
	}
	return ERR_NONE;
}

static enum err verify_one(struct verifying *v)
{
	struct chain_verify verify = { .report = say_problem, .context = v };
	enum err err = verify_beginning(v);

	if (err)
		return err;

	if (strcmp(v->kept.id, v->at.chain) == 0) {
		verify.kept = &v->kept;
		v->is_kept_seen = true;
	}
	err = chain_verify(&v->ctl->store, v->at.chain, &verify);
	v->sum.chains++;
	v->sum.rows += verify.rows;
	v->sum.problems += verify.problems;
	return err;
}

static enum err verify_all(struct verifying *v)
{
	enum err err = ERR_NONE;

	while (!err) {
		err = chain_after(&v->ctl->store, v->at.chain, v->at.chain);
		if (err || v->at.chain[0] == '\0')
			break;
		err = verify_one(v);
	}
	return err;
}

/* --head is of another organization, or its chain is no more. */
static void say_kept(struct verifying *v)
{
	memcpy(v->at.chain, v->kept.id, ULID_SIZE);
	v->sum.problems++;
	say_problem(v, v->kept.seq,
	    v->ctl->options[OPTION_ORG] != NULL
		? "the head is of another organization"
		: "the chain that the head names is gone");
}

int run_audit_verify(struct ctl *ctl)
{
	struct verifying v = { .ctl = ctl };
	int status = CTL_DONE;
	enum err err;

	if (ctl->options[OPTION_HEAD] != NULL)
		status = read_head(ctl, &v.kept);
	if (status == CTL_DONE && ctl->options[OPTION_ORG] != NULL)
		status = find_chain(ctl, v.at.chain);
	if (status != CTL_DONE)
		return status;
	err = ctl->options[OPTION_ORG] != NULL ? verify_one(&v)
					       : verify_all(&v);
	if (err)
		return ctl_store_failed(ctl, err);
	if (v.kept.seq > 0 && !v.is_kept_seen)
		say_kept(&v);
	if (ctl->options[OPTION_JSON] != NULL)
		print_one(ctl, &summary_table, &v.sum);
	else
		(void)printf("%lld chains, %lld rows, %lld problems\n",
		    (long long)v.sum.chains, (long long)v.sum.rows,
		    (long long)v.sum.problems);
	return v.sum.problems > 0 ? CTL_FAILED : CTL_DONE;
}
