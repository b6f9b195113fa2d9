#include "serve/sign_in.h"

#include <string.h>

#include "edge/db.h"
#include "http/cookie.h"
#include "http/form.h"
#include "http/html.h"
#include "http/origin.h"
#include "resource/session.h"

enum { BODY_MAX = 4096 };

static const struct route page_row = { .method = METHOD_GET,
	.pattern = "/sign-in" };

bool sign_in_is_asked(const struct request *rq, struct route_match *match)
{
	if (rq->segment_count != 1 || strcmp(rq->segments[0], "sign-in") != 0)
		return false;
	*match = (struct route_match){
		.route = &page_row,
		.allow = "GET, HEAD, POST, OPTIONS",
	};
	return true;
}

/* Two places of ours, by a word; never an address that somebody has sent. */
static const char *place_of(const char *word)
{
	return strcmp(word, "doctor") == 0 ? "doctor" : "";
}

static bool is_for_doctor(struct request *rq)
{
	const char *query = request_header(rq, "QUERY_STRING");

	return query != NULL && strcmp(query, "to=doctor") == 0;
}

static void put_form(struct response *rs, const char *to, const char *login)
{
	const struct html_field fields[] = {
		{ "login", "E-mail or login", "text",
		    "spellcheck=\"false\" autocapitalize=\"none\""
		    " autocomplete=\"username\" required autofocus",
		    login, NULL },
		{ "password", "Password", "password",
		    "autocomplete=\"current-password\" required", NULL, NULL },
	};

	html_put(rs, "<form method=\"post\">\n");
	html_put(rs, "<input type=\"hidden\" name=\"to\" value=\"");
	html_text(rs, to);
	html_put(rs, "\">\n");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		html_field(rs, &fields[i]);
	html_put(rs, "<button>Sign in</button>\n</form>\n");
}

/* The reason as a sentence. */
static void put_reason(struct response *rs, enum err err)
{
	const struct fault *fault = &rs->rq->fault;
	char *detail = arena_text(rs->rq->mem,
	    fault->code == err && fault->detail[0] != '\0' ? fault->detail
							   : err_detail(err));

	if (*detail >= 'a' && *detail <= 'z')
		*detail = (char)(*detail - 'a' + 'A');
	html_put(rs, "<p class=\"say bad\" role=\"alert\">");
	html_text(rs, detail);
	html_put(rs, "</p>\n");
}

/* A challenge that no browser opens a box of its own for. */
static void put_headers(struct response *rs, enum err err)
{
	const struct fault *fault = &rs->rq->fault;
	int wait = fault->retry_after > 0 ? fault->retry_after : 1;

	if (err_info(err)->status == 401)
		response_header(
		    rs, "WWW-Authenticate", "Bearer realm=\"tenantry\"");
	if (err_info(err)->may_retry || fault->retry_after > 0)
		response_header(
		    rs, "Retry-After", arena_print(rs->rq->mem, "%d", wait));
}

/* `err`: why it was refused.  Where nobody can sign in there is no form. */
static enum err show(
    struct response *rs, enum err err, const char *to, const char *login)
{
	put_headers(rs, err);
	html_begin(rs, err ? err_info(err)->status : 200, "Sign in", false);
	if (err)
		put_reason(rs, err);
	if (err != ERR_NO_SIGN_IN && err != ERR_SHARED_ORIGIN)
		put_form(rs, to, login);
	return html_end(rs);
}

static enum err take(struct call *call, struct response *rs)
{
	struct request *rq = call->rq;
	struct form *form = arena_alloc(rq->mem, sizeof(*form));
	const char *to, *login;
	enum err err;

	if ((err = request_read_body(rq, BODY_MAX)) ||
	    (err = form_read_body(rq, form)))
		return err;
	to = place_of(form_value(form, "to"));
	login = form_value(form, "login");
	/* the body had a time of its own */
	db_begin_request(call->st->db);
	if ((err = session_start(
		 call, rs, login, form_value(form, "password"))))
		return show(rs, err, to, login);
	rs->status = 303;
	response_header(rs, "Location",
	    arena_print(rq->mem, "%s/%s", cookie_mount(rq), to));
	return ERR_NONE;
}

enum err sign_in_answer(
    struct call *call, struct response *rs, const struct route_match *match)
{
	struct request *rq = call->rq;
	bool is_post = rq->method == METHOD_POST;
	enum err err;

	if (!is_post && rq->method != METHOD_GET)
		rs->allow = match->allow;
	if (rq->method == METHOD_OPTIONS)
		return respond_options(rs);
	if (rs->allow != NULL)
		return fault_set(&rq->fault, ERR_METHOD,
		    "this path does not take the method %.20s",
		    rq->method_name);
	if (is_post && (err = origin_check_form(rs, call->config)))
		return err;
	if ((err = cookie_check(rq, call->config)))
		return show(rs, err, "", "");
	if (!is_post)
		return show(
		    rs, ERR_NONE, is_for_doctor(rq) ? "doctor" : "", "");
	return take(call, rs);
}
