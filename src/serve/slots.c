#include "serve/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_TRIES = 50, WAIT_BASE = 1000 };

int slots_open(const char *run_dir)
{
	char path[512];
	int length;

	if (run_dir == NULL || run_dir[0] == '\0')
		return -1;
	length = snprintf(path, sizeof(path), "%s/hashing.lock", run_dir);
	if (length < 0 || (size_t)length >= sizeof(path))
		return -1;
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool set_lock(int file, int at, short type)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1
	};

	return fcntl(file, F_SETLK, &lock) == 0;
}

/*
 * Locks one of `count` bytes from `base` on; -1: all are taken.  Where there
 * are no locks (NFS without its daemon), nobody is kept out for that.
 */
static int lock_one(int file, int base, int count)
{
	for (int i = 0; i < count; i++)
		if (set_lock(file, base + i, F_WRLCK) ||
		    (errno != EAGAIN && errno != EACCES))
			return base + i;
	return -1;
}

int slots_take(int file, int workers)
{
	const struct timespec pause = { 0, 20000000 };
	int hashing = workers > 1 ? workers / 2 : 1;
	int waiting = workers / 4;
	int slot, place;

	if (file < 0)
		return 0;
	slot = lock_one(file, 0, hashing);
	if (slot >= 0)
		return slot;
	place = lock_one(file, WAIT_BASE, waiting);
	if (place < 0)
		return -1;
	for (int i = 0; i < WAIT_TRIES && slot < 0; i++) {
		(void)nanosleep(&pause, NULL);
		slot = lock_one(file, 0, hashing);
	}
	set_lock(file, place, F_UNLCK);
	return slot;
}

void slots_give(int file, int slot)
{
	if (file >= 0)
		set_lock(file, slot, F_UNLCK);
}
