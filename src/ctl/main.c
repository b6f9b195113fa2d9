/*
 * tenantryctl: the command-line tool of whoever runs the service.  Reads the
 * command, the options that its row allows and the settings, opens the store
 * and runs it.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl/ctl.h"
#include "edge/about.h"
#include "edge/config_admin.h"
#include "edge/db_guard.h"
#include "edge/harden.h"
#include "resource/module.h"
#include "store/schema.h"

enum { LONG_DEADLINE = 3600 }; /* seconds: a big table takes */

#define BIT(option_) (1U << OPTION_##option_)

static const char *group_of(const struct command *command)
{
	return command->group == NULL ? "" : command->group;
}

static const char *space_of(const struct command *command)
{
	return command->group == NULL ? "" : " ";
}

static unsigned allowed_of(const struct command *command)
{
	return BIT(CONF) | BIT(HELP) | command->needs | command->one_of |
	    command->either | command->allows;
}

/* The options of a mask, between a begin and an end, each with its value. */
static void print_options(
    FILE *out, unsigned mask, const char *texts[3] /* begin, between, end */)
{
	bool is_first = true;

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		if ((mask >> i & 1U) == 0)
			continue;
		(void)fprintf(out, "%s--%s%s%s", texts[is_first ? 0 : 1],
		    row->name, row->value == NULL ? "" : " ",
		    row->value == NULL ? "" : row->value);
		is_first = false;
	}
	if (!is_first)
		(void)fputs(texts[2], out);
}

static void print_usage(FILE *out, const struct command *command)
{
	(void)fprintf(
	    out, "%s%s%s", group_of(command), space_of(command), command->name);
	print_options(out, command->needs, (const char *[]){ " ", " ", "" });
	print_options(
	    out, command->one_of, (const char *[]){ " (", " | ", ")" });
	print_options(
	    out, command->either, (const char *[]){ " [", " | ", "]" });
	print_options(
	    out, command->allows, (const char *[]){ " [", "] [", "]" });
	if (command->operand != NULL)
		(void)fprintf(out, " %s", command->operand);
	(void)fputc('\n', out);
}

static void print_help(FILE *out)
{
	(void)fputs("usage: tenantryctl [--conf FILE] COMMAND [OPTION...]\n"
		    "       tenantryctl --version [--json]\n\n",
	    out);
	for (unsigned i = 0; i < command_count; i++) {
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
	for (unsigned i = 0; i < command_count; i++) {
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
		const struct option_row *row = &option_rows[i];

		if ((allowed >> i & 1U) != 0)
			names[count++] = (struct option){ row->name,
				row->value != NULL ? required_argument
						   : no_argument,
				NULL, (int)i };
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

static unsigned given_options(const struct ctl *ctl)
{
	unsigned given = 0;

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if (ctl->options[i] != NULL)
			given |= 1U << i;
	}
	return given;
}

/* The name of the first option of a mask, which is not empty. */
static const char *first_of(unsigned mask)
{
	unsigned i = 0;

	while ((mask >> i & 1U) == 0)
		i++;
	return option_rows[i].name;
}

static const char *last_of(unsigned mask)
{
	while ((mask & (mask - 1)) != 0)
		mask &= mask - 1;
	return first_of(mask);
}

static bool has_several(unsigned mask)
{
	return (mask & (mask - 1)) != 0;
}

/* At most one of a mask was given; else that is said. */
static bool is_single(unsigned choice)
{
	if (!has_several(choice))
		return true;
	ctl_say("--%s and --%s exclude each other", first_of(choice),
	    last_of(choice));
	return false;
}

/* What is wrong with the options and operands that were given is said. */
static bool fits(
    const struct ctl *ctl, const struct command *command, int operands)
{
	unsigned given = given_options(ctl), choice;
	unsigned missing = command->needs & ~given;

	if (missing != 0) {
		ctl_say("--%s is missing", first_of(missing));
		return false;
	}
	choice = command->one_of & given;
	if (choice == 0 && command->one_of != 0) {
		ctl_say("--%s or --%s is missing", first_of(command->one_of),
		    last_of(command->one_of));
		return false;
	}
	if (!is_single(choice) || !is_single(command->either & given))
		return false;
	if (operands != (command->operand != NULL ? 1 : 0)) {
		ctl_say(operands == 0 ? "an argument is missing"
				      : "there is an argument too many");
		return false;
	}
	return true;
}

/* Whether the command writes what the service's own account has no right to. */
static bool needs_migration(
    const struct ctl *ctl, const struct command *command)
{
	return command->migrates ||
	    (command->migrates_with & given_options(ctl)) != 0;
}

/* No statement runs beside a schema that this program does not know. */
static enum err check_schema(void *context)
{
	struct ctl *ctl = context;
	struct schema_state state;
	enum err err = schema_find(&ctl->store, &state);

	return err ? err : schema_fits(&state, &ctl->fault);
}

static int run(struct ctl *ctl, const struct command *command)
{
	struct config *config = &ctl->config;
	bool is_migration = needs_migration(ctl, command);
	struct route_table routes;
	struct db *db;
	int status;

	if (!command->keeps_rights)
		harden_rights();
	if (!config_load(config, ctl->options[OPTION_CONF], &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	(void)log_open(LEVEL_WARN, NULL);
	config->migration.deadline = LONG_DEADLINE;
	if (ctl->options[OPTION_DEEP] != NULL)
		config->db.deadline = LONG_DEADLINE;
	config->migration.read_wait = 0; /* it waits for its lock */
	if (is_migration && !config_load_admin(config, &ctl->fault)) {
		config_release(config);
		return ctl_fail("%s", ctl->fault.detail);
	}
	arena_init(&ctl->mem);
	db = db_open(is_migration ? &config->migration : &config->db);
	store_init(&ctl->store, db, &ctl->mem);
	if (!command->any_schema)
		db_set_guard(db, check_schema, ctl);
	ctl->store.licence_days = config->licence_days;
	routes = modules_routes(&ctl->mem);
	ctl->store.reserved = modules_reserved(&ctl->mem, &routes);
	ctl->store.now = clock_now();
	ctl->store.request_id = "tenantryctl";
	status = command->run(ctl);
	store_release(&ctl->store);
	db_close(db);
	arena_release(&ctl->mem);
	config_release(config);
	if (status == CTL_DONE && (fflush(stdout) != 0 || ferror(stdout)))
		return ctl_fail("standard output cannot be written");
	return status;
}

/* What stands behind the command's words; argv[0] is the program's name. */
static int run_with(
    struct ctl *ctl, const struct command *command, int argc, char **argv)
{
	bool good = read_options(ctl, argc, argv, allowed_of(command), "h");

	if (good && ctl->options[OPTION_HELP] != NULL) {
		print_command_help(command);
		return CTL_DONE;
	}
	if (!good || !fits(ctl, command, argc - optind)) {
		(void)fputs("usage: tenantryctl ", stderr);
		print_usage(stderr, command);
		return CTL_BAD_USAGE;
	}
	ctl->operand = argv[optind];
	return run(ctl, command);
}

/*
 * A closed descriptor would be taken by the next file that is opened: what is
 * printed must not go to the database.  Nothing can be written to these.
 */
static void keep_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", O_RDONLY);
	}
}

int main(int argc, char **argv)
{
	struct ctl ctl;
	const struct command *command;
	int words, first;

	memset(&ctl, 0, sizeof(ctl));
	keep_descriptors();
	if (!read_options(&ctl, argc, argv,
		BIT(CONF) | BIT(HELP) | BIT(VERSION) | BIT(JSON), "+h")) {
		print_help(stderr);
		return CTL_BAD_USAGE;
	}
	if (ctl.options[OPTION_HELP] != NULL) {
		print_help(stdout);
		return CTL_DONE;
	}
	if (ctl.options[OPTION_VERSION] != NULL)
		return about_print("tenantryctl", schema_version_known(),
			   ctl.options[OPTION_JSON] != NULL)
		    ? CTL_DONE
		    : ctl_fail("standard output cannot be written");
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
