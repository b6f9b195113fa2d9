#include "base/metric.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PREFIX "metrics-"

const int metric_statuses[METRIC_STATUSES - 1] = { 200, 201, 202, 204, 304, 308,
	400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 422,
	428, 429, 499, 500, 501, 503 };
const int64_t metric_buckets[METRIC_BUCKETS - 1] = { 500, 1000, 2500, 5000,
	10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
	10000000 };

static struct metrics *all;
static size_t route_count, mapped;

static void add(uint64_t *counter, uint64_t value)
{
	(void)__atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
}

/* --- the file ------------------------------------------------------------- */

/* Counters of programs with other routes: they have been replaced. */
static void remove_others(const char *run_dir, const char *name)
{
	DIR *folder = opendir(run_dir);
	const struct dirent *entry;

	if (folder == NULL)
		return;
	/* cppcheck-suppress readdirCalled ; there is one thread */
	while ((entry = readdir(folder)) != NULL)
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
		    strcmp(entry->d_name, name) != 0)
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	(void)closedir(folder);
}

static int open_file(const char *path, bool *is_new)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	int file = *is_new ? open(path, flags | O_CREAT | O_EXCL, 0600) : -1;

	*is_new = file >= 0;
	return file >= 0 ? file : open(path, flags);
}

/*
 * Each process asks for the blocks, which costs nothing where they are there:
 * to write into a file that has none is a signal where the disk is full.
 */
static void map(int file, size_t size)
{
	void *at;

	if (posix_fallocate(file, 0, (off_t)size) != 0)
		return;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (at == MAP_FAILED)
		return;
	all = at;
	mapped = size;
}

void metric_open(
    const char *run_dir, const char *layout, size_t routes, bool is_reader)
{
	char name[64], path[512];
	bool is_new = !is_reader;
	int length, file;

	metric_close();
	(void)snprintf(name, sizeof(name), PREFIX "%s", layout);
	length = snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	if (length < 0 || (size_t)length >= sizeof(path))
		return;
	file = open_file(path, &is_new);
	if (file < 0)
		return;
	route_count = routes;
	map(file,
	    sizeof(struct metrics) + (routes + 1) * sizeof(all->routes[0]));
	(void)close(file);
	if (is_new)
		remove_others(run_dir, name);
}

void metric_close(void)
{
	if (all != NULL)
		(void)munmap(all, mapped);
	all = NULL;
}

struct metrics *metric_all(void)
{
	return all;
}

/* --- counting ------------------------------------------------------------- */

static size_t place_of_status(int status)
{
	size_t i = 0;

	while (metric_statuses[i] != 0 && metric_statuses[i] != status)
		i++;
	return metric_statuses[i] != 0 ? i : METRIC_STATUSES - 1;
}

void metric_request(size_t route, int status, int64_t microseconds)
{
	struct metric_route *row;
	size_t bucket = 0;

	if (all == NULL)
		return;
	row = &all->routes[route < route_count ? route : route_count];
	while (bucket < METRIC_BUCKETS - 1 &&
	    microseconds > metric_buckets[bucket])
		bucket++;
	add(&row->statuses[place_of_status(status)], 1);
	add(&row->buckets[bucket], 1);
	add(&row->microseconds, microseconds > 0 ? (uint64_t)microseconds : 0);
}

void metric_error(enum metric_error error)
{
	if (all != NULL)
		add(&all->errors[error], 1);
}

void metric_retry(void)
{
	if (all != NULL)
		add(&all->retries, 1);
}

void metric_head(bool is_written)
{
	if (all != NULL)
		add(is_written ? &all->heads_written : &all->heads_failed, 1);
}

uint64_t metric_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void metric_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}
