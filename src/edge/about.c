#include "edge/about.h"

#include <stdio.h>

#include "base/version.h"
#include "edge/crypto.h"
#include "edge/db.h"
#include "edge/json.h"
#include "edge/name.h"
#include "edge/password.h"

/* libfcgi has no call for its version, so only the build knows. */
#ifndef TENANTRY_FCGI_VERSION
#define TENANTRY_FCGI_VERSION ""
#endif

enum { TEXT_SIZE = 2048 };

static const char *fcgi_version(void)
{
	static const char version[] = TENANTRY_FCGI_VERSION;

	return version[0] != '\0' ? version : "unknown";
}

static const struct {
	const char *name;
	const char *(*version)(void);
} libraries[] = {
	{ "libfcgi", fcgi_version },
	{ "libmariadb", db_library_version },
	{ "json-c", json_library_version },
	{ "openssl", crypto_library_version },
	{ "utf8proc", name_library_version },
	{ "libxcrypt", password_library_version },
};

enum { COUNT = sizeof(libraries) / sizeof(libraries[0]) };

static void print_lines(const char *program, int schema)
{
	(void)printf("%s %s\ncommit %s\nschema %d\n", program, TENANTRY_VERSION,
	    version_commit, schema);
	for (size_t i = 0; i < COUNT; i++)
		(void)printf(
		    "%s %s\n", libraries[i].name, libraries[i].version());
}

static void print_json(const char *program, int schema)
{
	char text[TEXT_SIZE];
	struct json_writer w;

	json_start(&w, text, sizeof(text), NULL, NULL);
	json_open_object(&w);
	json_key(&w, "program");
	json_text(&w, program);
	json_key(&w, "version");
	json_text(&w, TENANTRY_VERSION);
	json_key(&w, "commit");
	json_text(&w, version_commit);
	json_key(&w, "schema");
	json_integer(&w, schema);
	json_key(&w, "libraries");
	json_open_object(&w);
	for (size_t i = 0; i < COUNT; i++) {
		json_key(&w, libraries[i].name);
		json_text(&w, libraries[i].version());
	}
	json_close_object(&w);
	json_close_object(&w);
	(void)fwrite(text, 1, w.used, stdout);
	(void)putchar('\n');
}

bool about_print(const char *program, int schema, bool as_json)
{
	if (as_json)
		print_json(program, schema);
	else
		print_lines(program, schema);
	return fflush(stdout) == 0 && !ferror(stdout);
}
