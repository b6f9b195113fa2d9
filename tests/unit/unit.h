/*
 * What every unit test program needs: cmocka behind the headers that it asks
 * for, and an arena for each test.
 */
#ifndef TENANTRY_TESTS_UNIT_H
#define TENANTRY_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

/* A literal and its length, so that it may hold a NUL. */
#define BYTES(literal_) (literal_), sizeof(literal_) - 1

/* For cmocka_unit_test_setup_teardown(): *state is a struct arena. */
static inline int arena_setup(void **state)
{
	static struct arena mem;

	arena_init(&mem);
	*state = &mem;
	return 0;
}

static inline int arena_teardown(void **state)
{
	arena_release(*state);
	return 0;
}

#define WITH_ARENA(test_) \
	cmocka_unit_test_setup_teardown(test_, arena_setup, arena_teardown)

#endif
