#include "edge/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_SIZE_MAX = 1 << 20,
	MODE_OTHERS = S_IRWXG | S_IRWXO,
	MODE_GROUP_READ = S_IRGRP
};

/* Only regular files have a length to trust. */
static bool is_readable(const struct stat *status)
{
	errno = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(status->st_mode))
		return false;
	errno = EFBIG;
	return status->st_size <= FILE_SIZE_MAX;
}

/*
 * On a shared host a group is often all of its customers.  A file of root's
 * that a group may only read is one that an administrator has lent to it.
 */
static bool is_open_to_others(const struct stat *status)
{
	mode_t others = status->st_mode & MODE_OTHERS;

	return others != 0 &&
	    (others != MODE_GROUP_READ || status->st_uid != 0);
}

/* NULL where reading fails; a file that shrinks meanwhile ends early. */
static char *read_all(struct arena *mem, int descriptor, size_t *length)
{
	char *text = arena_alloc(mem, *length + 1);
	size_t used = 0;
	ssize_t n = 0;

	while (used < *length &&
	    (n = read(descriptor, text + used, *length - used)) > 0)
		used += (size_t)n;
	*length = used;
	return n < 0 ? NULL : text;
}

char *config_file_read(
    struct arena *mem, const char *path, struct config_file *file)
{
	int descriptor = open(
	    path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	char *text = NULL;
	int saved;

	if (descriptor < 0)
		return NULL;
	if (fstat(descriptor, &status) == 0 && is_readable(&status)) {
		file->length = (size_t)status.st_size;
		file->is_open = is_open_to_others(&status);
		text = read_all(mem, descriptor, &file->length);
	}
	saved = errno;
	(void)close(descriptor);
	errno = saved;
	return text;
}

char *config_file_beside(struct arena *mem, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return arena_text(mem, path);
	return arena_print(mem, "%.*s%s", (int)(slash + 1 - file), file, path);
}

char *config_file_program(struct arena *mem)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

	if (length <= 0 || (size_t)length == sizeof(path))
		return NULL;
	return arena_copy(mem, path, (size_t)length);
}

/* A disk that is full takes a part, and says why with the next. */
static bool write_all(int descriptor, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(descriptor, text, length);

		if (n < 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

bool config_file_write(
    const char *path, const char *text, int flags, unsigned mode)
{
	int descriptor = open(
	    path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, (mode_t)mode);
	bool good;
	int saved;

	if (descriptor < 0)
		return false;
	good = fchmod(descriptor, (mode_t)mode) == 0 &&
	    write_all(descriptor, text, strlen(text)) && fsync(descriptor) == 0;
	saved = errno;
	if (close(descriptor) != 0 && good) {
		saved = errno;
		good = false;
	}
	if (!good)
		(void)unlink(path);
	errno = saved;
	return good;
}
