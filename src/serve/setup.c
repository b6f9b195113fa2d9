#include "serve/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/config_file.h"
#include "edge/harden.h"
#include "http/accept.h"
#include "http/cookie.h"
#include "http/origin.h"
#include "serve/serve.h"
#include "serve/setup_page.h"
#include "serve/setup_settings.h"

enum { BODY_MAX = 16384, TOKEN_BYTES = 20, MODE_PUBLIC = 0644 };

static const struct config no_settings;

static const struct route page_row = { .method = METHOD_GET,
	.pattern = "/setup" };

bool setup_is_due(void)
{
	struct arena mem;
	bool is_due;

	arena_init(&mem);
	is_due = access(config_path(&mem), F_OK) != 0 && errno == ENOENT;
	arena_release(&mem);
	return is_due;
}

/* --- who has given the code ----------------------------------------------- */

static const char *cookie_name(struct request *rq)
{
	return cookie_is_tls(rq) ? "__Secure-tenantry-setup" : "tenantry-setup";
}

static void set_cookie(struct response *rs, const char *token)
{
	struct request *rq = rs->rq;

	response_header(rs, "Set-Cookie",
	    arena_print(rq->mem,
		"%s=%s; Path=%s/setup%s; HttpOnly;"
		" SameSite=Strict%s",
		cookie_name(rq), token != NULL ? token : "", cookie_mount(rq),
		token != NULL ? "" : "; Max-Age=0",
		cookie_is_tls(rq) ? "; Secure" : ""));
}

/* Whether the cookie is of who has given the code last. */
static bool is_owner(struct setup *setup)
{
	const char *token = cookie_find(setup->rq, cookie_name(setup->rq));
	char digest[CRYPTO_SHA256_HEX_SIZE];

	if (token == NULL || setup->code.session[0] == '\0')
		return false;
	crypto_sha256_hex(token, strlen(token), digest);
	if (!crypto_equal(digest, setup->code.session, sizeof(digest)))
		return false;
	setup->token = token;
	return true;
}

static enum err lead_to(struct response *rs, const char *place)
{
	rs->status = 303;
	response_header(rs, "Location",
	    arena_print(rs->rq->mem, "%s%s", cookie_mount(rs->rq), place));
	return ERR_NONE;
}

static enum err redirect(struct response *rs)
{
	return lead_to(rs, "/setup");
}

/* While this one waited: a form that was sent twice has done it, or a tab. */
static enum err lead_on(struct response *rs, const struct setup *setup)
{
	if (setup->code.path != NULL)
		(void)unlink(setup->code.path); /* made after the end */
	return lead_to(rs, "/sign-in?to=doctor");
}

/* --- the code ------------------------------------------------------------- */

static enum err begin_session(struct response *rs, struct setup *setup)
{
	unsigned char bytes[TOKEN_BYTES];
	const char *token;

	crypto_random(bytes, sizeof(bytes));
	token = crypto_base64url(rs->rq->mem, bytes, sizeof(bytes));
	crypto_sha256_hex(token, strlen(token), setup->code.session);
	if (!setup_code_save(rs->rq->mem, &setup->code))
		return setup_page_refused(rs, 503,
		    "The file of the code cannot be written.",
		    "See whether the disk or the quota is full.");
	set_cookie(rs, token);
	return redirect(rs);
}

static enum err refuse_code(
    struct response *rs, struct setup *setup, enum setup_code_check check)
{
	int left = SETUP_CODE_WRONG_MAX - setup->code.wrong;

	if (check == SETUP_CODE_EARLY) {
		(void)fault_refuse(&setup->fault, ERR_THROTTLED, CAUSE_PASSWORD,
		    "This code is wrong. Wait a second before the next"
		    " attempt.");
		response_header(rs, "Retry-After", "1");
		return setup_page(rs, setup, SETUP_CODE, 429);
	}
	if (!setup_code_save(rs->rq->mem, &setup->code))
		return setup_page_refused(rs, 503,
		    "The file of the code cannot be written.",
		    "See whether the disk or the quota is full.");
	if (setup->code.wrong == 0)
		(void)fault_refuse(&setup->fault, ERR_FORBIDDEN, CAUSE_PASSWORD,
		    "This code is wrong. After %d wrong ones there is a new"
		    " code: open the file again.",
		    SETUP_CODE_WRONG_MAX);
	else
		(void)fault_refuse(&setup->fault, ERR_FORBIDDEN, CAUSE_PASSWORD,
		    "This code is wrong. After %d more there is a new code.",
		    left);
	log_write(LEVEL_WARN, "set-up: a wrong code");
	return setup_page(rs, setup, SETUP_CODE, 403);
}

static enum err take_code(struct response *rs, struct setup *setup)
{
	enum setup_code_check check = setup_code_try(
	    &setup->code, form_value(&setup->form, "code"), clock_now());

	if (check != SETUP_CODE_RIGHT)
		return refuse_code(rs, setup, check);
	log_write(LEVEL_INFO, "set-up: the code was given");
	return begin_session(rs, setup);
}

/* --- the other steps ------------------------------------------------------ */

/* The file that a browser asks for, where the folder has an address. */
static void make_probe(struct setup *setup)
{
	const char *path = setup_place_file(
	    setup->rq, &setup->place, SETUP_PROBE_NAME);

	(void)config_file_write(
	    path, SETUP_PROBE_TEXT "\n", O_TRUNC, MODE_PUBLIC);
}

static void finish(struct response *rs, struct setup *setup)
{
	(void)unlink(
	    setup_place_file(setup->rq, &setup->place, SETUP_PROBE_NAME));
	(void)unlink(setup->code.path);
	set_cookie(rs, NULL);
	log_write(LEVEL_INFO, "set-up: done, the settings are written");
}

static int status_of(const struct fault *fault)
{
	return fault->code == ERR_NONE       ? 200
	    : fault->code == ERR_BAD_FIELD   ? 422
	    : fault->code == ERR_NAME_IN_USE ? 409
					     : 503;
}

static enum err show(struct response *rs, struct setup *setup)
{
	enum setup_stage stage = setup_stage_find(setup);

	if (stage == SETUP_FOLDER)
		make_probe(setup);
	return setup_page(rs, setup, stage, status_of(&setup->fault));
}

/* A form of an earlier stage, sent again, only shows where things are. */
static enum err take_step(struct response *rs, struct setup *setup)
{
	const char *sent = form_value(&setup->form, "token");
	const char *token = setup_page_token(rs->rq->mem, setup->token);
	const char *name = form_value(&setup->form, "step");
	enum setup_stage stage;

	if (strlen(sent) != strlen(token) ||
	    !crypto_equal(sent, token, strlen(token)))
		return redirect(rs);
	stage = setup_stage_find(setup);
	if (strcmp(name, setup_stage_name(stage)) != 0)
		return redirect(rs);
	if (stage == SETUP_DATABASE)
		setup_release(setup);
	setup->fault = (struct fault){ .code = ERR_NONE };
	if (!setup_step(setup, stage)) {
		log_write(
		    LEVEL_WARN, "set-up: %s: %s", name, setup->fault.detail);
		return setup_page(rs, setup, stage, status_of(&setup->fault));
	}
	if (stage != SETUP_ADMINISTRATOR && stage != SETUP_END)
		return redirect(rs);
	finish(rs, setup);
	return setup_page(rs, setup, SETUP_DONE, 200);
}

/* --- one request ---------------------------------------------------------- */

static enum err refuse_folder(struct response *rs, struct setup *setup)
{
	const int why = errno;

	if (!setup_is_due())
		return lead_on(rs, setup);
	log_write(LEVEL_ERROR, "set-up: %s: %s",
	    setup->place.folder != NULL ? setup->place.folder
					: setup->place.settings,
	    strerror(why));
	setup->fault.code = ERR_UNAVAILABLE;
	return setup_page_refused(rs, 503,
	    setup->place.folder == NULL
		? "The folder of the settings file is not there."
		: "The program cannot write into the folder that its settings"
		  " file belongs into.",
	    "Let it run as the account that owns the folder, or write the"
	    " settings file yourself: conf/tenantry.conf.example. The web"
	    " server's error log names the folder.");
}

static enum err answer_with_code(struct response *rs, struct setup *setup)
{
	bool is_post = rs->rq->method == METHOD_POST;

	if (!is_owner(setup))
		return is_post &&
			strcmp(form_value(&setup->form, "step"),
			    setup_stage_name(SETUP_CODE)) == 0
		    ? take_code(rs, setup)
		    : setup_page(rs, setup, SETUP_CODE, 200);
	return is_post ? take_step(rs, setup) : show(rs, setup);
}

static enum err answer_page(struct response *rs, struct setup *setup)
{
	enum err err;

	if (cookie_check(rs->rq, &no_settings) == ERR_NO_SIGN_IN) {
		setup->fault = rs->rq->fault;
		return setup_page_refused(rs, 403,
		    "This page is for an encrypted connection only, since"
		    " passwords are typed here.",
		    "Open it with https. If a proxy ends TLS before the web"
		    " server, write the settings file yourself, with"
		    " public_prefix: docs/shared-host.md.");
	}
	setup_place_find(rs->rq, &setup->place);
	if (setup->place.folder == NULL ||
	    !setup_code_open(rs->rq, &setup->place, &setup->code))
		return refuse_folder(rs, setup);
	err = setup_is_due() ? answer_with_code(rs, setup) : lead_on(rs, setup);
	setup_release(setup);
	setup_code_close(&setup->code);
	return err;
}

/* What is not the page: a browser is led to it. */
static enum err answer_other(struct response *rs)
{
	struct request *rq = rs->rq;

	response_vary(rs, "Accept");
	if (rq->method == METHOD_GET && accept_wants_page(rq) &&
	    cookie_takes_mount(cookie_mount(rq)))
		return redirect(rs);
	return fault_set(&rq->fault, ERR_UNAVAILABLE,
	    "the service is not set up yet: open /setup in a browser");
}

static enum err answer(
    struct response *rs, struct setup *setup, struct route_match *match)
{
	struct request *rq = rs->rq;
	enum err err;

	if (rq->segment_count != 1 || strcmp(rq->segments[0], "setup") != 0)
		return answer_other(rs);
	match->route = &page_row;
	rs->allow = rq->method == METHOD_GET || rq->method == METHOD_POST
	    ? NULL
	    : "GET, HEAD, POST, OPTIONS";
	if (rq->method == METHOD_OPTIONS)
		return respond_options(rs);
	if (rs->allow != NULL)
		return fault_set(&rq->fault, ERR_METHOD,
		    "this path does not take the method %.20s",
		    rq->method_name);
	if (rq->method == METHOD_POST &&
	    ((err = origin_check_form(rs, &no_settings)) ||
		(err = request_read_body(rq, BODY_MAX)) ||
		(err = form_read_body(rq, &setup->form))))
		return err;
	return answer_page(rs, setup);
}

static void serve_one(struct gateway *gateway, struct arena *mem)
{
	struct request *rq = arena_alloc(mem, sizeof(*rq));
	struct response *rs = arena_alloc(mem, sizeof(*rs));
	struct setup *setup = arena_alloc(mem, sizeof(*setup));
	struct route_match match = { .route = NULL };
	struct ulid_clock ids = { .ms = 0 };
	char made_id[ULID_SIZE];
	enum err err;

	rq->gateway = gateway;
	rq->mem = mem;
	rq->started = clock_tick();
	setup->rq = rq;
	setup->code.file = -1;
	ulid_make(&ids, (uint64_t)clock_now(), made_id);
	response_begin(rs, rq, arena_alloc(mem, RESPONSE_BUFFER_SIZE));
	if ((err = request_begin(rq, made_id, &no_settings)) ||
	    (err = answer(rs, setup, &match)))
		respond_problem(rs, err);
	else /* for the log */
		rq->fault = setup->fault;
	response_end(rs);
	gateway_finish(gateway);
	serve_log(rq, &match, rs, NULL, 0);
}

bool setup_run(struct gateway *gateway)
{
	enum gateway_event event = GATEWAY_REQUEST;
	struct arena mem;

	harden_process();
	arena_init(&mem);
	while (event != GATEWAY_END && setup_is_due()) {
		if (gateway_accept(gateway, &mem))
			serve_one(gateway, &mem);
		arena_reset(&mem);
		event = gateway_wait(gateway, 0);
	}
	arena_release(&mem);
	return event != GATEWAY_END;
}
