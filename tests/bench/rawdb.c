/*
 * The database's own ceiling: the statement of R1, prepared once for each
 * connection and run in a loop by one thread each, all rows read; no web
 * server, no JSON.
 *
 *   rawdb SETTINGS DIGESTS CONNECTIONS SECONDS
 *
 * DIGESTS is a file of raw 32-byte digests of API keys.  Prints the number of
 * statements a second, and the median and 99th percentile in ms.
 */
#include <mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edge/config.h"
#include "whole_list.h"

enum { COLUMNS_MOST = 64, COLUMN_BYTES = 512, TIMES_MOST = 1 << 20 };

static struct config config;
static unsigned char (*digests)[CRYPTO_SHA256_SIZE];
static size_t digest_count;
static const char *text;
static double seconds;
static pthread_barrier_t all_ready;

struct worker {
	pthread_t thread;
	size_t number;
	unsigned *times; /* µs of each statement */
	size_t count;
	MYSQL *db;
	MYSQL_STMT *stmt;
	MYSQL_BIND results[COLUMNS_MOST];
	char data[COLUMNS_MOST][COLUMN_BYTES];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "rawdb: %s\n", what);
	exit(EXIT_FAILURE);
}

static void prepare(struct worker *w)
{
	const struct db_settings *db = &config.db;
	const struct db_host *host = &db->hosts.list[0];
	unsigned columns;

	w->db = mysql_init(NULL);
	if (w->db == NULL ||
	    mysql_real_connect(w->db, host->name, db->user, db->password,
		db->name, host->port, host->socket, 0) == NULL)
		fail("cannot connect");
	w->stmt = mysql_stmt_init(w->db);
	if (mysql_stmt_prepare(w->stmt, text, strlen(text)) != 0)
		fail(mysql_stmt_error(w->stmt));
	columns = mysql_stmt_field_count(w->stmt);
	if (columns > COLUMNS_MOST)
		fail("too many columns");
	for (unsigned i = 0; i < columns; i++) {
		w->results[i].buffer_type = MYSQL_TYPE_STRING;
		w->results[i].buffer = w->data[i];
		w->results[i].buffer_length = COLUMN_BYTES;
	}
}

static void run_once(struct worker *w, unsigned char *digest)
{
	MYSQL_BIND parameter;
	int status;

	memset(&parameter, 0, sizeof(parameter));
	parameter.buffer_type = MYSQL_TYPE_BLOB;
	parameter.buffer = digest;
	parameter.buffer_length = CRYPTO_SHA256_SIZE;
	if (mysql_stmt_bind_param(w->stmt, &parameter) != 0 ||
	    mysql_stmt_execute(w->stmt) != 0 ||
	    mysql_stmt_bind_result(w->stmt, w->results) != 0)
		fail(mysql_stmt_error(w->stmt));
	do {
		status = mysql_stmt_fetch(w->stmt);
	} while (status == 0);
	if (status != MYSQL_NO_DATA || mysql_stmt_num_rows(w->stmt) == 0)
		fail("a statement without its rows");
	mysql_stmt_free_result(w->stmt);
}

static void *work(void *context)
{
	struct worker *w = context;
	size_t next = w->number * 61;
	double end, before, after;

	prepare(w);
	pthread_barrier_wait(&all_ready);
	end = now() + seconds;
	for (before = now(); before < end; before = after) {
		run_once(w, digests[next++ % digest_count]);
		after = now();
		if (w->count < TIMES_MOST)
			w->times[w->count++] = (unsigned)((after - before) *
			    1e6);
	}
	mysql_stmt_close(w->stmt);
	mysql_close(w->db);
	return NULL;
}

static void read_digests(const char *path)
{
	FILE *file = fopen(path, "rb");
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
	    (size = ftell(file)) < CRYPTO_SHA256_SIZE)
		fail("the file of digests cannot be read");
	digest_count = (size_t)size / CRYPTO_SHA256_SIZE;
	digests = calloc(digest_count, CRYPTO_SHA256_SIZE);
	rewind(file);
	if (digests == NULL ||
	    fread(digests, CRYPTO_SHA256_SIZE, digest_count, file) !=
		digest_count)
		fail("the file of digests cannot be read");
	fclose(file);
}

static void find_text(void)
{
	static struct arena mem;
	static struct store st;

	arena_init(&mem);
	store_init(&st, NULL, &mem);
	text = whole_list(&st, list_at(&st, "/v1/organizations"));
}

static int by_size(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void print_all(const struct worker *workers, size_t count)
{
	size_t total = 0, used = 0;
	unsigned *times;

	for (size_t i = 0; i < count; i++)
		total += workers[i].count;
	times = calloc(total + 1, sizeof(*times));
	if (times == NULL || total == 0)
		fail("nothing was measured");
	for (size_t i = 0; i < count; i++) {
		memcpy(times + used, workers[i].times,
		    workers[i].count * sizeof(*times));
		used += workers[i].count;
	}
	qsort(times, total, sizeof(*times), by_size);
	printf("%.1f %.3f %.3f\n", (double)total / seconds,
	    times[total / 2] / 1e3, times[total * 99 / 100] / 1e3);
	free(times);
}

int main(int argc, char **argv)
{
	struct fault fault = { .code = ERR_NONE };
	struct worker *workers;
	size_t count;

	if (argc != 5)
		fail("arguments: SETTINGS DIGESTS CONNECTIONS SECONDS");
	if (!config_load(&config, argv[1], &fault))
		fail(fault.detail);
	read_digests(argv[2]);
	count = strtoul(argv[3], NULL, 10);
	seconds = strtod(argv[4], NULL);
	if (count == 0 || seconds <= 0)
		fail("nothing to do");
	find_text();
	workers = calloc(count, sizeof(*workers));
	if (workers == NULL || mysql_library_init(0, NULL, NULL) != 0)
		fail("out of memory");
	pthread_barrier_init(&all_ready, NULL, (unsigned)count);
	for (size_t i = 0; i < count; i++) {
		workers[i].number = i;
		workers[i].times = calloc(TIMES_MOST, sizeof(unsigned));
		if (workers[i].times == NULL ||
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			fail("a thread cannot be started");
	}
	for (size_t i = 0; i < count; i++)
		pthread_join(workers[i].thread, NULL);
	print_all(workers, count);
	return EXIT_SUCCESS;
}
