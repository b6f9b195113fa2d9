#include "serve/setup_page.h"

#include <string.h>

#include "http/cookie.h"
#include "http/html.h"
#include "store/schema.h"

static const char *const titles[SETUP_STAGES] = {
	[SETUP_CODE] = "Set up Tenantry",
	[SETUP_FOLDER] = "Where the settings will lie",
	[SETUP_DATABASE] = "The database",
	[SETUP_TABLES] = "The tables",
	[SETUP_ADMINISTRATOR] = "The first administrator",
	[SETUP_END] = "The settings file",
	[SETUP_DONE] = "Tenantry is set up",
};

/* As a person counts them; NULL: none of the four. */
static const char *const steps[SETUP_STAGES] = {
	[SETUP_CODE] = "Step 1 of 4",
	[SETUP_FOLDER] = "Step 2 of 4",
	[SETUP_DATABASE] = "Step 2 of 4",
	[SETUP_TABLES] = "Step 3 of 4",
	[SETUP_ADMINISTRATOR] = "Step 4 of 4",
};

const char *setup_page_token(struct arena *mem, const char *token)
{
	const char *text = arena_print(mem, "form %s", token);
	char *hex = arena_alloc(mem, CRYPTO_SHA256_HEX_SIZE);

	crypto_sha256_hex(text, strlen(text), hex);
	return hex;
}

/* --- parts ---------------------------------------------------------------- */

static void put_hidden(struct response *rs, const char *name, const char *value)
{
	html_put(rs, "<input type=\"hidden\" name=\"");
	html_put(rs, name);
	html_put(rs, "\" value=\"");
	html_text(rs, value);
	html_put(rs, "\">\n");
}

/* `attributes` are put into the form's tag as they are. */
static void open_form(struct response *rs, const struct setup *setup,
    enum setup_stage stage, const char *attributes)
{
	html_put(rs, "<form method=\"post\"");
	html_put(rs, attributes);
	html_put(rs, ">\n");
	put_hidden(rs, "step", setup_stage_name(stage));
	if (setup->token != NULL)
		put_hidden(
		    rs, "token", setup_page_token(rs->rq->mem, setup->token));
}

static void close_form(struct response *rs, const char *button)
{
	html_put(rs, "<button>");
	html_put(rs, button);
	html_put(rs, "</button>\n</form>\n");
}

static void put_refusal(struct response *rs, const struct setup *setup)
{
	char *detail = arena_text(rs->rq->mem, setup->fault.detail);

	if (*detail == '\0')
		return;
	/* a problem's detail begins small, a sentence on a page does not */
	if (*detail >= 'a' && *detail <= 'z')
		*detail = (char)(*detail - 'a' + 'A');
	html_put(rs, "<p class=\"say bad\" role=\"alert\">");
	html_text(rs, detail);
	html_put(rs, "</p>\n");
}

/* What was typed is there again, but no password. */
static const char *typed(
    const struct setup *setup, const char *name, const char *otherwise)
{
	return setup->form.count > 0 ? form_value(&setup->form, name)
				     : otherwise;
}

/* --- stages --------------------------------------------------------------- */

#define PLAIN_TEXT \
	"spellcheck=\"false\" autocapitalize=\"none\" autocomplete=\"off\""

static void put_code(struct response *rs, const struct setup *setup)
{
	const struct html_field field = { .name = "code",
		.label = "Code of the file",
		.type = "text",
		.more = PLAIN_TEXT " required autofocus",
		.hint = "32 digits; dashes and spaces do not matter." };

	html_put(
	    rs, "<p>Only the owner of this place can go on. Open the file ");
	/* a name that nobody can guess is not to be shown */
	html_put(rs,
	    setup->place.address != NULL
		? "whose name begins with <code>setup-code-</code>"
		: "<code>setup-code</code>");
	html_put(rs,
	    " by FTP or in the file manager of your host. It lies in the"
	    " folder <code>");
	html_text(rs, strrchr(setup->place.folder, '/') + 1);
	html_put(
	    rs, "</code> of the program. Type the code that is in it.</p>\n");
	open_form(rs, setup, SETUP_CODE, "");
	html_field(rs, &field);
	close_form(rs, "Go on");
}

static void put_folder(struct response *rs, const struct setup *setup)
{
	const char *address = arena_print(
	    rs->rq->mem, "%s" SETUP_PROBE_NAME, setup->place.address);

	html_put(rs,
	    "<p>The folder of the program lies below a folder that the web"
	    " server serves. Before you type a password, this page asks for a"
	    " file in it. It must not come.</p>\n"
	    "<p id=\"asking\" class=\"say\" role=\"status\" hidden>Asking for"
	    " the file …</p>\n"
	    "<p id=\"open\" class=\"say bad\" role=\"alert\" hidden>Everybody"
	    " can read the program's folder from outside. Nothing was written."
	    " Move the folder out of the web server's folder, or let the web"
	    " server refuse it; with Apache the file <code>.htaccess</code> of"
	    " the folder does that: see whether it was uploaded. Then load"
	    " this page again.</p>\n"
	    "<p id=\"unknown\" class=\"say bad\" role=\"alert\" hidden>The file"
	    " could not be asked for. Load this page again.</p>\n"
	    "<p id=\"plain\" class=\"say bad\">Without a script this page"
	    " cannot ask. Allow scripts for it, or move the program's folder"
	    " out of the web server's folder and load this page again.</p>\n");
	html_put(rs, "<form method=\"post\" data-task=\"folder\"");
	html_put(rs, " data-mark=\"" SETUP_PROBE_TEXT "\" data-address=\"");
	html_text(rs, address);
	html_put(rs, "\">\n");
	put_hidden(rs, "step", setup_stage_name(SETUP_FOLDER));
	put_hidden(rs, "token", setup_page_token(rs->rq->mem, setup->token));
	put_hidden(rs, "folder", "");
	html_put(rs, "</form>\n");
}

static void put_fields(
    struct response *rs, const struct html_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		html_field(rs, &fields[i]);
}

static void put_database(struct response *rs, const struct setup *setup)
{
	const struct html_field service[] = {
		{ "name", "Name of the database", "text",
		    PLAIN_TEXT " required", typed(setup, "name", ""),
		    "It must be this program's alone, and empty." },
		{ "user", "Account", "text", PLAIN_TEXT " required",
		    typed(setup, "user", ""), NULL },
		{ "password", "Password", "password", "autocomplete=\"off\"",
		    NULL, NULL },
		{ "host", "Host", "text", PLAIN_TEXT,
		    typed(setup, "host", "localhost"),
		    "localhost means the server's Unix socket." },
		{ "port", "Port", "text", PLAIN_TEXT " inputmode=\"numeric\"",
		    typed(setup, "port", ""), "3306 if it is empty." },
		{ "socket", "Socket, in place of host and port", "text",
		    PLAIN_TEXT, typed(setup, "socket", ""),
		    "A path; phpMyAdmin shows it as the variable socket." },
	};
	const struct html_field admin[] = {
		{ "migration_user", "Account for the tables", "text",
		    PLAIN_TEXT, typed(setup, "migration_user", ""), NULL },
		{ "migration_password", "Its password", "password",
		    "autocomplete=\"off\"", NULL, NULL },
	};

	html_put(rs,
	    "<p>Type what the control panel of your host shows for the"
	    " database. It is tried out when you go on.</p>\n");
	open_form(rs, setup, SETUP_DATABASE, " data-task=\"methods\"");
	put_hidden(rs, "override", "");
	put_fields(rs, service, sizeof(service) / sizeof(service[0]));
	html_put(rs,
	    *typed(setup, "migration_user", "") != '\0' ? "<details open>\n"
							: "<details>\n");
	html_put(rs,
	    "<summary>A second account</summary>\n<p>If the"
	    " host gives you two accounts, the one that may make tables is used"
	    " for nothing else, and its password lies in a file of its"
	    " own.</p>\n");
	put_fields(rs, admin, sizeof(admin) / sizeof(admin[0]));
	html_put(rs, "</details>\n");
	close_form(rs, "Try it and go on");
}

static void put_tables(struct response *rs, const struct setup *setup)
{
	int known = schema_version_known();

	html_put(rs,
	    "<p>The tables are made in small parts, so that no time limit of"
	    " the host stops it. If it was stopped, it goes on where it"
	    " was.</p>\n<p role=\"status\">");
	html_number(rs, setup->version);
	html_put(rs, " of ");
	html_number(rs, known);
	html_put(rs, " parts are made.</p>\n<progress value=\"");
	html_number(rs, setup->version);
	html_put(rs, "\" max=\"");
	html_number(rs, known);
	html_put(rs, "\" aria-label=\"Parts of the tables\"></progress>\n");
	/* the page goes on by itself, but not after an error, which the
	 * person has to read */
	open_form(rs, setup, SETUP_TABLES,
	    setup->version > 0 && setup->fault.detail[0] == '\0'
		? " data-task=\"go\""
		: "");
	close_form(rs,
	    setup->version > 0 ? "Make the next tables" : "Make the tables");
}

static void put_administrator(struct response *rs, const struct setup *setup)
{
	const struct html_field fields[] = {
		{ "login", "E-mail address or login", "text",
		    "spellcheck=\"false\" autocapitalize=\"none\""
		    " autocomplete=\"username\" required",
		    typed(setup, "login", ""), NULL },
		{ "password", "Password", "password",
		    "autocomplete=\"new-password\" required minlength=\"8\"",
		    NULL, "At least 8 characters." },
		{ "again", "The password again", "password",
		    "autocomplete=\"new-password\" required minlength=\"8\"",
		    NULL, NULL },
	};

	html_put(rs,
	    "<p>This person may do everything: make organizations, set"
	    " licences, and look at the doctor's page.</p>\n");
	open_form(rs, setup, SETUP_ADMINISTRATOR, "");
	put_fields(rs, fields, sizeof(fields) / sizeof(fields[0]));
	close_form(rs, "Finish the set-up");
}

static void put_end(struct response *rs, const struct setup *setup)
{
	html_put(rs,
	    setup->fault.detail[0] != '\0'
		? "<p>All was typed, and what is left is to put the settings"
		  " file into its place.</p>\n"
		: "<p>The administrator is made. The settings file is not in"
		  " its place yet.</p>\n");
	open_form(rs, setup, SETUP_END, "");
	close_form(rs, "Finish the set-up");
}

/* Pages of others have the same one, and nobody can sign in safely. */
static bool has_shared_origin(struct request *rq)
{
	static const struct config no_settings;
	const struct fault before = rq->fault;
	enum err err = cookie_check(rq, &no_settings);

	rq->fault = before;
	return err == ERR_SHARED_ORIGIN;
}

static void put_done(struct response *rs, const struct setup *setup)
{
	const char *mount = cookie_mount(rs->rq);
	bool is_shared = has_shared_origin(rs->rq);

	html_put(rs, "<p>The settings are in <code>");
	html_text(rs, strrchr(setup->place.settings, '/') + 1);
	html_put(rs,
	    "</code>, readable by the program alone. This page is gone from"
	    " now on, for everybody.</p>\n<p>The doctor looks at how the"
	    " program is installed, and says what should be mended. Sign in"
	    " there with the login that you have just made.</p>\n"
	    "<a class=\"button\" href=\"");
	html_text(rs, mount);
	html_put(rs, is_shared ? "/doctor" : "/sign-in?to=doctor");
	html_put(rs, "\">Open the doctor's page</a>\n<p><a href=\"");
	html_text(rs, mount);
	html_put(rs, "/\">Open the console</a></p>\n");
}

static void put_notice(struct response *rs)
{
	if (has_shared_origin(rs->rq))
		html_put(rs,
		    "<p class=\"say\">Pages of other people have the same host"
		    " name as this one. They could act as whoever has signed"
		    " in here, so signing in is off at this address; API keys"
		    " work, and so do a login and password at the doctor's"
		    " page. A host name of your own is better.</p>\n");
}

enum err setup_page(struct response *rs, const struct setup *setup,
    enum setup_stage stage, int status)
{
	static void (*const bodies[SETUP_STAGES])(
	    struct response *, const struct setup *) = {
		[SETUP_CODE] = put_code,
		[SETUP_FOLDER] = put_folder,
		[SETUP_DATABASE] = put_database,
		[SETUP_TABLES] = put_tables,
		[SETUP_ADMINISTRATOR] = put_administrator,
		[SETUP_END] = put_end,
		[SETUP_DONE] = put_done,
	};
	bool has_script = stage == SETUP_FOLDER || stage == SETUP_DATABASE ||
	    stage == SETUP_TABLES;

	html_begin(rs, status, titles[stage], has_script);
	if (steps[stage] != NULL) {
		html_put(rs, "<p class=\"step\">");
		html_put(rs, steps[stage]);
		html_put(rs, "</p>\n");
	}
	put_refusal(rs, setup);
	bodies[stage](rs, setup);
	if (stage == SETUP_CODE || stage == SETUP_DONE)
		put_notice(rs);
	if (has_script)
		html_script(rs);
	return html_end(rs);
}

enum err setup_page_refused(
    struct response *rs, int status, const char *what, const char *todo)
{
	html_begin(rs, status, titles[SETUP_CODE], false);
	html_put(rs, "<p class=\"say bad\" role=\"alert\">");
	html_text(rs, what);
	html_put(rs, "</p>\n<p>");
	html_text(rs, todo);
	html_put(rs, "</p>\n");
	return html_end(rs);
}
