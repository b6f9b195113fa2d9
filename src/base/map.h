/*
 * Values found by an address.  Knows nothing of what lies at the address, nor
 * of what the values are.
 */
#ifndef TENANTRY_BASE_MAP_H
#define TENANTRY_BASE_MAP_H

#include <stddef.h>

struct map_entry {
	const void *key; /* NULL: none */
	void *value;
};

struct map {
	struct map_entry *entries;
	size_t capacity; /* of `entries`: 0 or a power of two */
	size_t count;
};

/* An empty map; takes memory with its first key. */
void map_init(struct map *map);

/*
 * The place of a key's value, which is NULL where the key is new.  It is good
 * until the next call.  A process without memory ends (abort).
 */
void **map_at(struct map *map, const void *key);

/* Frees the map, not what the values point to. */
void map_release(struct map *map);

#endif
