#include "edge/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	TRY = 10, /* milliseconds between two */
	/* the bytes of the file: hashing from 0 on, waiting, ... */
	WAIT_BASE = 1000,
	LISTEN_BASE = 2000,
	ADDRESS_BASE = 1 << 20,
	ADDRESS_COUNT = 1 << 30
};

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

/* Waits for a place, while it holds one of the few for that. */
static int wait_for_one(int file, const struct slots_ask *ask, int count)
{
	const struct timespec pause = { 0, TRY * 1000000 };
	int slot = SLOTS_NONE;
	int place = lock_one(file, WAIT_BASE, (ask->workers + 1) / 4);

	if (place < 0)
		return SLOTS_NONE;
	for (int left = ask->wait; left > 0 && slot < 0; left -= TRY) {
		(void)nanosleep(&pause, NULL);
		slot = lock_one(file, 0, count);
	}
	set_lock(file, place, F_UNLCK);
	return slot;
}

bool slots_take(int file, const struct slots_ask *ask, struct slots *taken)
{
	int count = ask->workers > 1 ? ask->workers / 2 : 1;
	int address = (int)(ask->address % ADDRESS_COUNT);

	*taken = (struct slots){ SLOTS_NONE, SLOTS_NONE };
	if (file < 0)
		return true;
	if (ask->is_guessing) {
		taken->address = lock_one(file, ADDRESS_BASE + address, 1);
		if (taken->address < 0)
			return false;
		count = count > 1 ? count - 1 : 1;
	}
	taken->hashing = lock_one(file, 0, count);
	if (taken->hashing < 0 && !ask->is_guessing)
		taken->hashing = wait_for_one(file, ask, count);
	if (taken->hashing >= 0)
		return true;
	slots_give(file, taken);
	return false;
}

int slots_take_listening(const struct slots_file *slots)
{
	for (int i = 0; slots->file >= 0 && i < slots->workers / 4; i++)
		if (set_lock(slots->file, LISTEN_BASE + i, F_WRLCK))
			return LISTEN_BASE + i;
	return SLOTS_NONE;
}

void slots_give_listening(const struct slots_file *slots, int place)
{
	if (place >= 0)
		set_lock(slots->file, place, F_UNLCK);
}

static void give(int file, int *slot)
{
	if (*slot >= 0)
		set_lock(file, *slot, F_UNLCK);
	*slot = SLOTS_NONE;
}

void slots_give_hashing(int file, struct slots *taken)
{
	give(file, &taken->hashing);
}

void slots_give(int file, struct slots *taken)
{
	give(file, &taken->hashing);
	give(file, &taken->address);
}
