#include "edge/config_admin.h"

#include <errno.h>
#include <string.h>

#include "edge/config_file.h"

static bool refuse(struct fault *fault, const char *path, const char *what)
{
	(void)fault_set(fault, ERR_INTERNAL, "%.200s: %s", path, what);
	return false;
}

const char *config_admin_path(const struct config *config, struct arena *mem)
{
	static const char suffix[] = ".conf";
	size_t length = strlen(config->path), end = sizeof(suffix) - 1;

	if (length > end && strcmp(config->path + length - end, suffix) == 0)
		length -= end;
	return arena_print(mem, "%.*s-admin.conf", (int)length, config->path);
}

/* The text without spaces at its ends; it is cut in place. */
static char *trim(char *text)
{
	static const char space[] = " \t\r";
	size_t length;

	text += strspn(text, space);
	length = strlen(text);
	while (length > 0 && strchr(space, text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
	return text;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct db_settings *account, char *line)
{
	char *equals, *value;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return NULL;
	equals = strchr(line, '=');
	if (equals == NULL)
		return "a line is not of the form key = value";
	*equals = '\0';
	line = trim(line);
	value = trim(equals + 1);
	if (strcmp(line, "migration_user") == 0)
		account->user = *value == '\0' ? NULL : value;
	else if (strcmp(line, "migration_password") == 0)
		account->password = value;
	else
		return "has another key than migration_user and"
		       " migration_password: others belong into tenantry.conf";
	return NULL;
}

static bool read_file(
    struct config *config, const char *path, struct fault *fault)
{
	struct db_settings *account = &config->migration;
	struct config_file file;
	char *text = config_file_read(&config->mem, path, &file), *line;
	const char *wrong = NULL;

	if (text == NULL)
		return errno == ENOENT || refuse(fault, path, strerror(errno));
	if (file.is_open)
		return refuse(fault, path,
		    "holds a password and others than its owner may use it:"
		    " chmod 600 it");
	account->user = account->password = NULL;
	while (wrong == NULL && (line = strtok_r(text, "\n", &text)) != NULL)
		wrong = read_line(account, line);
	if (wrong == NULL && account->user == NULL)
		wrong = "migration_user is not set";
	return wrong == NULL || refuse(fault, path, wrong);
}

bool config_load_admin(struct config *config, struct fault *fault)
{
	const char *path = config_admin_path(config, &config->mem);

	if (!read_file(config, path, fault))
		return false;
	if (config->migration.user == NULL) {
		config->migration.user = config->db.user;
		config->migration.password = config->db.password;
	}
	return true;
}
