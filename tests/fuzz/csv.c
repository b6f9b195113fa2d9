/* Comma-separated values: what is read, written again, is read as the same. */
#include "base/csv.h"
#include "fuzz.h"

enum { ROOM = 8 };

/* Each cell in quotes. */
static char *write_again(const struct csv_record *record, char *out)
{
	for (size_t i = 0; i < record->count; i++) {
		if (i > 0)
			*out++ = ',';
		*out++ = '"';
		for (const char *at = record->cells[i]; *at != '\0'; at++) {
			if (*at == '"')
				*out++ = '"';
			*out++ = *at;
		}
		*out++ = '"';
	}
	*out++ = '\n';
	*out = '\0';
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *at = text;
	char *again = malloc(2 * size + ROOM + 3 * CSV_CELLS_MAX);
	struct csv_record record, same;

	MUST(again != NULL);
	while (*at != '\0') {
		char *before = at, *from = again;

		if (csv_read(&at, &record) != NULL)
			break;
		MUST(at > before && at <= text + size);
		MUST(record.count >= 1 && record.count <= CSV_CELLS_MAX);
		(void)write_again(&record, again);
		MUST(csv_read(&from, &same) == NULL);
		MUST(*from == '\0' && same.count == record.count);
		for (size_t i = 0; i < record.count; i++)
			MUST(strcmp(record.cells[i], same.cells[i]) == 0);
	}
	free(again);
	free(text);
	return 0;
}
