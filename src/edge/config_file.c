#include "edge/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 1 << 20, MODE_OTHERS = 0007 };

/* Only regular files have a length to trust. */
static bool is_readable(const struct stat *status)
{
	errno = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(status->st_mode))
		return false;
	errno = EFBIG;
	return status->st_size <= FILE_SIZE_MAX;
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
		file->is_open = (status.st_mode & MODE_OTHERS) != 0;
		text = read_all(mem, descriptor, &file->length);
	}
	saved = errno;
	(void)close(descriptor);
	errno = saved;
	return text;
}

bool config_file_write(
    const char *path, const char *text, int flags, unsigned mode)
{
	int descriptor = open(
	    path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, (mode_t)mode);
	size_t length = strlen(text);
	bool good;
	int saved;

	if (descriptor < 0)
		return false;
	good = fchmod(descriptor, (mode_t)mode) == 0 &&
	    write(descriptor, text, length) == (ssize_t)length &&
	    fsync(descriptor) == 0;
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
