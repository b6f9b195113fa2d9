/* realpath(3) is of POSIX, but of its XSI part. */
#define _XOPEN_SOURCE 700 /* NOLINT(bugprone-reserved-identifier) */

#include "serve/setup_place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "edge/config_file.h"

/* A folder of the web server's, and the path of its address. */
struct root {
	const char *folder, *path;
};

/* Without links and dots, so that two of them can be compared. */
static const char *resolve(struct arena *mem, const char *path)
{
	char buffer[PATH_MAX];

	return path != NULL && *path == '/' && realpath(path, buffer) != NULL
	    ? arena_text(mem, buffer)
	    : NULL;
}

/*
 * The web server gives the program's place twice, as a file and as an address.
 * The end that both have in common lies below the folder that is served.
 */
static struct root root_of_script(struct request *rq)
{
	const char *file = request_header(rq, "SCRIPT_FILENAME");
	const char *path = request_header(rq, "SCRIPT_NAME");
	size_t a, b, cut_a, cut_b;

	if (file == NULL || path == NULL)
		return (struct root){ NULL, NULL };
	cut_a = a = strlen(file);
	cut_b = b = strlen(path);
	while (a > 0 && b > 0 && file[a - 1] == path[b - 1]) {
		a--;
		b--;
		if (file[a] == '/') {
			cut_a = a;
			cut_b = b;
		}
	}
	if (file[cut_a] == '\0') /* not even their names are the same */
		return (struct root){ NULL, NULL };
	return (struct root){ arena_copy(rq->mem, file, cut_a),
		arena_copy(rq->mem, path, cut_b) };
}

/* What of `folder` lies below `root`; NULL: it does not. */
static const char *below(const char *folder, const char *root)
{
	size_t length = strlen(root);

	if (length <= 1 || strncmp(folder, root, length) != 0 ||
	    strchr("/", folder[length]) == NULL)
		return NULL;
	return folder + length;
}

static char *encode(struct arena *mem, const char *path)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~/";
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(mem, 3 * strlen(path) + 1), *at = out;

	for (; *path != '\0'; path++) {
		unsigned char byte = (unsigned char)*path;

		if (strchr(plain, *path) != NULL) {
			*at++ = *path;
			continue;
		}
		*at++ = '%';
		*at++ = hex[byte >> 4];
		*at++ = hex[byte & 15];
	}
	return out;
}

static const char *find_address(struct request *rq, const char *folder)
{
	const char *prefix = request_header(rq, "CONTEXT_PREFIX");
	const struct root roots[] = {
		root_of_script(rq),
		{ request_header(rq, "CONTEXT_DOCUMENT_ROOT"),
		    prefix != NULL ? prefix : "" },
		{ request_header(rq, "DOCUMENT_ROOT"), "" },
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		const char *root = resolve(rq->mem, roots[i].folder);
		const char *rest = root != NULL ? below(folder, root) : NULL;

		if (rest != NULL)
			return arena_print(rq->mem, "%s/",
			    encode(rq->mem,
				arena_print(
				    rq->mem, "%s%s", roots[i].path, rest)));
	}
	return NULL;
}

/* tenantry-new.conf of tenantry.conf */
static const char *pending_of(struct arena *mem, const char *path)
{
	static const char suffix[] = ".conf";
	size_t length = strlen(path), end = sizeof(suffix) - 1;

	if (length > end && strcmp(path + length - end, suffix) == 0)
		length -= end;
	return arena_print(mem, "%.*s-new.conf", (int)length, path);
}

void setup_place_find(struct request *rq, struct setup_place *place)
{
	const char *path = config_path(rq->mem), *slash;

	slash = strrchr(path, '/');
	place->settings = path;
	place->pending = pending_of(rq->mem, path);
	place->folder = slash == NULL
	    ? NULL
	    : resolve(rq->mem,
		  arena_copy(rq->mem, path, (size_t)(slash + 1 - path)));
	place->address = place->folder != NULL ? find_address(rq, place->folder)
					       : NULL;
}

char *setup_place_file(
    struct request *rq, const struct setup_place *place, const char *name)
{
	return arena_print(rq->mem, "%s/%s", place->folder, name);
}
