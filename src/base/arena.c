#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *block_make(size_t size)
{
	struct arena_block *block;

	if (size > SIZE_MAX / 2)
		abort();
	block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		abort();
	block->size = size;
	return block;
}

static void blocks_free(struct arena_block *block)
{
	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

/* `size` is a multiple of the alignment. */
static void *block_take(struct arena_block *block, size_t size)
{
	void *taken = block->data + block->used;

	block->used += size;
	return taken;
}

static size_t round_up(size_t size)
{
	const size_t step = alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		abort();
	/* Nothing still gets a place of its own. */
	return size == 0 ? step : (size + step - 1) / step * step;
}

void arena_init(struct arena *mem)
{
	*mem = (struct arena){ 0 };
}

void *arena_alloc(struct arena *mem, size_t size)
{
	size_t need = round_up(size);
	struct arena_block *block;

	if (mem->first == NULL)
		mem->first = mem->current = block_make(BLOCK_SIZE);
	if (need <= mem->current->size - mem->current->used)
		return block_take(mem->current, need);

	block = block_make(need > BLOCK_SIZE ? need : BLOCK_SIZE);
	block->next = mem->current->next;
	mem->current->next = block;
	/* A large block is full at once: go on filling the one before it. */
	if (need <= BLOCK_SIZE)
		mem->current = block;
	return block_take(block, need);
}

char *arena_copy(struct arena *mem, const char *text, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		abort();
	copy = arena_alloc(mem, length + 1);
	if (length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *arena_text(struct arena *mem, const char *text)
{
	return text == NULL ? NULL : arena_copy(mem, text, strlen(text));
}

char *arena_print(struct arena *mem, const char *format, ...)
{
	char brief[160], *text; /* most are: those are printed only once */
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(brief, sizeof(brief), format, args);
	va_end(args);
	if (length < 0)
		abort();
	if ((size_t)length < sizeof(brief)) {
		text = arena_copy(mem, brief, (size_t)length);
	} else {
		text = arena_alloc(mem, (size_t)length + 1);
		(void)vsnprintf(text, (size_t)length + 1, format, again);
	}
	va_end(again);
	return text;
}

void arena_reset(struct arena *mem)
{
	struct arena_block *first = mem->first;

	if (first == NULL)
		return;
	blocks_free(first->next);
	first->next = NULL;
	/*
	 * Cleared here and not at allocation: the next request starts from
	 * zeroes either way, and secrets do not stay behind in the block that
	 * every request uses first.
	 */
	memset(first->data, 0, first->used);
	first->used = 0;
	mem->current = first;
}

void arena_release(struct arena *mem)
{
	blocks_free(mem->first);
	arena_init(mem);
}
