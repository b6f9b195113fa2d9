#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void map_init(struct map *map)
{
	*map = (struct map){ NULL, 0, 0 };
}

/* Addresses lie close together: multiplied, their upper bits differ. */
static size_t hash(const void *key, size_t capacity)
{
	uint64_t mixed = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;

	return (size_t)(mixed >> 32) & (capacity - 1);
}

/* The entry of a key, or the free one where it belongs. */
static struct map_entry *find(
    struct map_entry *entries, size_t capacity, const void *key)
{
	size_t i = hash(key, capacity);

	while (entries[i].key != NULL && entries[i].key != key)
		i = (i + 1) & (capacity - 1);
	return &entries[i];
}

/* At most half of the entries are in use, so that a search is short. */
static void grow(struct map *map)
{
	size_t capacity = map->capacity ? 2 * map->capacity : FIRST_CAPACITY;
	struct map_entry *entries = calloc(capacity, sizeof(*entries));

	if (entries == NULL)
		abort();
	for (size_t i = 0; i < map->capacity; i++)
		if (map->entries[i].key != NULL)
			*find(entries, capacity,
			    map->entries[i].key) = map->entries[i];
	free(map->entries);
	map->entries = entries;
	map->capacity = capacity;
}

void **map_at(struct map *map, const void *key)
{
	struct map_entry *entry;

	if (2 * map->count >= map->capacity)
		grow(map);
	entry = find(map->entries, map->capacity, key);
	if (entry->key == NULL) {
		entry->key = key;
		map->count++;
	}
	return &entry->value;
}

void map_release(struct map *map)
{
	free(map->entries);
	map_init(map);
}
