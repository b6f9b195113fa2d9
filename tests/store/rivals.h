/*
 * Two clients at once, each on a connection of its own, that meet at a barrier.
 */
#ifndef TENANTRY_TESTS_RIVALS_H
#define TENANTRY_TESTS_RIVALS_H

#include "store.h"

#include <pthread.h>

struct rival {
	struct store st;
	struct arena mem;
	pthread_barrier_t *barrier;
	const char *mine, *other; /* the rows that it locks, in this order */
	const char *added;        /* what it adds behind them, or NULL */
	int calls;
	enum err result;
};

/* Both to their ends; `compete` takes a rival. */
static inline void rivals_meet(
    struct bed *bed, struct rival rivals[2], void *(*compete)(void *))
{
	struct db *handles[2] = { bed->db, bed->eye };
	pthread_barrier_t barrier;
	pthread_t threads[2];

	assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
	begin_request(bed);
	for (int i = 0; i < 2; i++) {
		arena_init(&rivals[i].mem);
		store_init(&rivals[i].st, handles[i], &rivals[i].mem);
		rivals[i].barrier = &barrier;
		assert_int_equal(
		    pthread_create(&threads[i], NULL, compete, &rivals[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		store_release(&rivals[i].st);
		arena_release(&rivals[i].mem);
	}
	pthread_barrier_destroy(&barrier);
}

#endif
