/*
 * tenantryctl: the command-line tool of whoever runs the service.  Reads the
 * command, the options that its row allows and the settings, opens the store
 * and runs it.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl/ctl.h"

enum { LONG_DEADLINE = 3600 }; /* seconds: a big table takes */

#define BIT(option_) (1U << OPTION_##option_)

struct command {
	const char *group; /* first word, or NULL */
	const char *name;
	int (*run)(struct ctl *ctl);
	bool migrates; /* with the account that may change the schema */
	bool has_operand;
	unsigned requires, allows; /* options beside --conf and --help */
	const char *usage;
	const char *help;
};

static const struct command commands[] = {
	{ NULL, "init", setup_init, true, false, 0, 0, "",
	    "Applies the schema, makes the licence signing key where it is"
	    " missing, and\nwhere there are no users the system administrator"
	    " admin@localhost, whose\nlogin=, password= and key= are printed."
	    "  Harmless when run again.\n" },
	{ NULL, "migrate", setup_migrate, true, false, 0, 0, "",
	    "Applies what is missing of the schema, with the migration"
	    " account.\n" },
	{ NULL, "check", setup_check, false, false, 0, BIT(PLANS) | BIT(DEEP),
	    "[--plans] [--deep]",
	    "Compares the database's schema with this program: its version,"
	    " and every\nstatement, which is prepared but not run.  With"
	    " --plans each is explained too,\nand one that reads whole tables,"
	    " sorts or makes temporary tables is named;\nto be asked of a"
	    " database with data.  With\n--deep all rows are read, and what"
	    " must be true of them and is not is told.\n" },
	{ NULL, "doctor", doctor_run, false, false, 0, 0, "",
	    "Looks at the files of the program and at the database, and says"
	    " what is not as\nit should be and what to do.  The exit status is"
	    " 1 where a line begins with fail.\n" },
	{ "user", "add", user_add, false, false, BIT(EMAIL),
	    BIT(NAME) | BIT(SYSTEM_ADMIN),
	    "--email E [--name N] [--system-admin]",
	    "Makes a user without a password and prints his API key alone on"
	    " the last\nline.  The name is what stands before the @ where none"
	    " is given.\n" },
	{ "user", "password", user_password, false, false, BIT(EMAIL), 0,
	    "--email E",
	    "Sets the password of a user to the first line of standard"
	    " input.\n" },
	{ "user", "disable", user_disable, false, false, BIT(EMAIL), 0,
	    "--email E",
	    "From now on every credential of the user is refused.\n" },
	{ "licence", "issue", licence_issue, false, false, BIT(TYPE),
	    BIT(PROJECTS) | BIT(USERS) | BIT(EXPIRES) | BIT(ORG),
	    "--type T [--projects N] [--users N] [--expires RFC3339]"
	    " [--org ID]",
	    "Signs a licence key and prints it alone on the last line.  Limits"
	    " that are\nnot given are those of the type; 0 means none.  With"
	    " --org no other\norganization can use it.\n" },
	{ "licence", "show", licence_show, false, true, 0, 0, "KEY",
	    "Verifies the signature of a licence key and prints what it says,"
	    " even where\nit has expired.\n" },
	{ "key", "add", key_add, false, false, BIT(USER),
	    BIT(ORG) | BIT(PROJECT) | BIT(ROLE) | BIT(EXPIRES),
	    "--user E [--org ID | --project ID] [--role R]"
	    " [--expires RFC3339]",
	    "Makes an API key of the user with the e-mail address E and prints"
	    " it alone\non the last line.  It has no rights outside of the"
	    " organization or project\nthat is given, and within at most the"
	    " role (admin, user or viewer).\n" },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static const struct option option_names[OPTION_COUNT] = {
	[OPTION_CONF] = { "conf", required_argument, NULL, OPTION_CONF },
	[OPTION_HELP] = { "help", no_argument, NULL, OPTION_HELP },
	[OPTION_EMAIL] = { "email", required_argument, NULL, OPTION_EMAIL },
	[OPTION_NAME] = { "name", required_argument, NULL, OPTION_NAME },
	[OPTION_SYSTEM_ADMIN] = { "system-admin", no_argument, NULL,
	    OPTION_SYSTEM_ADMIN },
	[OPTION_TYPE] = { "type", required_argument, NULL, OPTION_TYPE },
	[OPTION_PROJECTS] = { "projects", required_argument, NULL,
	    OPTION_PROJECTS },
	[OPTION_USERS] = { "users", required_argument, NULL, OPTION_USERS },
	[OPTION_EXPIRES] = { "expires", required_argument, NULL,
	    OPTION_EXPIRES },
	[OPTION_ORG] = { "org", required_argument, NULL, OPTION_ORG },
	[OPTION_USER] = { "user", required_argument, NULL, OPTION_USER },
	[OPTION_PROJECT] = { "project", required_argument, NULL,
	    OPTION_PROJECT },
	[OPTION_ROLE] = { "role", required_argument, NULL, OPTION_ROLE },
	[OPTION_PLANS] = { "plans", no_argument, NULL, OPTION_PLANS },
	[OPTION_DEEP] = { "deep", no_argument, NULL, OPTION_DEEP },
};

static const char *group_of(const struct command *command)
{
	return command->group == NULL ? "" : command->group;
}

static const char *space_of(const struct command *command)
{
	return command->group == NULL ? "" : " ";
}

static void print_usage(FILE *out, const struct command *command)
{
	(void)fprintf(out, "%s%s%s%s%s\n", group_of(command), space_of(command),
	    command->name, *command->usage == '\0' ? "" : " ", command->usage);
}

static void print_help(FILE *out)
{
	(void)fputs(
	    "usage: tenantryctl [--conf FILE] COMMAND [OPTION...]\n\n", out);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		(void)fputs("  ", out);
		print_usage(out, &commands[i]);
	}
	(void)fputs("\nEach command explains itself with --help.  Without"
		    " --conf the settings file is the\none that TENANTRY_CONF"
		    " in the environment names, else the installed one.\n",
	    out);
}

static void print_command_help(const struct command *command)
{
	(void)fputs("usage: tenantryctl [--conf FILE] ", stdout);
	print_usage(stdout, command);
	(void)printf("\n%s", command->help);
}

static bool is_word(const char *given, const char *word)
{
	if (strcmp(given, "license") == 0)
		given = "licence";
	return strcmp(given, word) == 0;
}

/* The command that argv[0] and on spell, and how many words it has. */
static const struct command *find_command(char **argv, int *words)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];

		*words = command->group == NULL ? 1 : 2;
		if (argv[0] == NULL)
			continue;
		if (*words == 1 && is_word(argv[0], command->name))
			return command;
		if (*words == 2 && is_word(argv[0], command->group) &&
		    argv[1] != NULL && is_word(argv[1], command->name))
			return command;
	}
	return NULL;
}

/*
 * Reads the options of `allowed` into ctl->options, in the order that the
 * first characters of `mode` ask for (see getopt_long(3)).
 */
static bool read_options(
    struct ctl *ctl, int argc, char **argv, unsigned allowed, const char *mode)
{
	struct option names[OPTION_COUNT + 1];
	size_t count = 0;
	int c;

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if ((allowed >> i & 1U) != 0)
			names[count++] = option_names[i];
	}
	memset(&names[count], 0, sizeof(names[count]));
	optind = 0; /* begin anew */
	while ((c = getopt_long(argc, argv, mode, names, NULL)) != -1) {
		if (c == 'h')
			c = OPTION_HELP;
		if (c < 0 || c >= OPTION_COUNT)
			return false;
		ctl->options[c] = optarg == NULL ? "" : optarg;
	}
	return true;
}

static bool has_required(
    const struct ctl *ctl, const struct command *command, int operands)
{
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if ((command->requires >> i & 1U) != 0 &&
		    ctl->options[i] == NULL) {
			ctl_say("--%s is missing", option_names[i].name);
			return false;
		}
	}
	if (operands != (command->has_operand ? 1 : 0)) {
		ctl_say(operands == 0 ? "an argument is missing"
				      : "there is an argument too many");
		return false;
	}
	return true;
}

static int run(struct ctl *ctl, const struct command *command)
{
	struct config *config = &ctl->config;
	struct db *db;
	int status;

	if (!config_load(config, ctl->options[OPTION_CONF], &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	(void)log_open(LEVEL_WARN, NULL);
	config->migration.deadline = LONG_DEADLINE;
	if (ctl->options[OPTION_DEEP] != NULL)
		config->db.deadline = LONG_DEADLINE;
	config->migration.read_wait = 0; /* it waits for its lock */
	if (command->migrates && config->migration.user == NULL) {
		config_release(config);
		return ctl_fail("migration_user is not set");
	}
	arena_init(&ctl->mem);
	db = db_open(command->migrates ? &config->migration : &config->db);
	store_init(&ctl->store, db, &ctl->mem);
	ctl->store.now = clock_now();
	ctl->store.request_id = "tenantryctl";
	status = command->run(ctl);
	store_release(&ctl->store);
	db_close(db);
	arena_release(&ctl->mem);
	config_release(config);
	if (fflush(stdout) != 0 || ferror(stdout))
		return ctl_fail("standard output cannot be written");
	return status;
}

/* What stands behind the command's words; argv[0] is the program's name. */
static int run_with(
    struct ctl *ctl, const struct command *command, int argc, char **argv)
{
	unsigned allowed = BIT(CONF) | BIT(HELP) | command->requires |
	    command->allows;
	bool good = read_options(ctl, argc, argv, allowed, "h");

	if (good && ctl->options[OPTION_HELP] != NULL) {
		print_command_help(command);
		return CTL_DONE;
	}
	if (!good || !has_required(ctl, command, argc - optind)) {
		(void)fputs("usage: tenantryctl ", stderr);
		print_usage(stderr, command);
		return CTL_BAD_USAGE;
	}
	ctl->operand = argv[optind];
	return run(ctl, command);
}

int main(int argc, char **argv)
{
	struct ctl ctl;
	const struct command *command;
	int words, first;

	memset(&ctl, 0, sizeof(ctl));
	if (!read_options(&ctl, argc, argv, BIT(CONF) | BIT(HELP), "+h")) {
		print_help(stderr);
		return CTL_BAD_USAGE;
	}
	if (ctl.options[OPTION_HELP] != NULL) {
		print_help(stdout);
		return CTL_DONE;
	}
	first = optind;
	command = find_command(argv + first, &words);
	if (command == NULL) {
		if (first + 1 < argc &&
		    strcmp(argv[first + 1], "--help") == 0) {
			print_help(stdout);
			return CTL_DONE;
		}
		if (first < argc)
			ctl_say("unknown command");
		print_help(stderr);
		return CTL_BAD_USAGE;
	}
	/* the last word's place takes the name that getopt_long() prints */
	first += words - 1;
	argv[first] = argv[0];
	return run_with(&ctl, command, argc - first, argv + first);
}
