/* Dates of a query: what is read is one moment, and an end is no earlier. */
#include "http/date.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char from[DATE_SIZE] = "", until[DATE_SIZE] = "", again[DATE_SIZE];
	bool is_date = date_read(text, false, from);

	MUST(date_read(text, true, until) == is_date);
	if (is_date) {
		MUST(strlen(from) == DATE_SIZE - 1);
		MUST(strlen(until) == DATE_SIZE - 1);
		MUST(strcmp(from, until) <= 0);
		MUST(date_read(from, false, again));
		MUST(strcmp(from, again) == 0);
		MUST(date_read(until, true, again));
		MUST(strcmp(until, again) == 0);
	} else {
		MUST(from[0] == '\0' && until[0] == '\0');
	}
	free(text);
	return 0;
}
