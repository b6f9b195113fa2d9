/*
 * Memory that lives as long as one request: allocate freely, give all of it
 * back at once.  Knows nothing of what it holds.
 */
#ifndef TENANTRY_BASE_ARENA_H
#define TENANTRY_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *first;   /* kept over resets */
	struct arena_block *current; /* the one being filled */
};

/* An empty arena; takes its first block with the first allocation. */
void arena_init(struct arena *mem);

/*
 * `size` zeroed bytes aligned for any type, owned by the arena.  Never NULL:
 * a process without memory ends (abort), since no request can be served.
 */
void *arena_alloc(struct arena *mem, size_t size);

/* A NUL-terminated copy of `length` bytes at `text`; owned by the arena. */
char *arena_copy(struct arena *mem, const char *text, size_t length);

/* A copy of a NUL-terminated text; NULL stays NULL. */
char *arena_text(struct arena *mem, const char *text);

/* printf(3) into the arena. */
char *arena_print(struct arena *mem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets everything allocated; keeps one block, frees those beyond it. */
void arena_reset(struct arena *mem);

/* Frees all blocks; the arena is as after arena_init(). */
void arena_release(struct arena *mem);

#endif
