/* RFC 3339: what is read is printed and read as the same moment. */
#include "base/clock.h"
#include "fuzz.h"

#define UNTOUCHED INT64_MIN

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char printed[CLOCK_TEXT_SIZE];
	int64_t ms = UNTOUCHED, again = UNTOUCHED;

	if (clock_parse(text, &ms)) {
		struct clock_parts at = clock_split(ms);

		MUST(at.year >= 0 && at.year <= 9999);
		MUST(at.month >= 1 && at.month <= 12 && at.day >= 1);
		clock_print(ms, printed);
		MUST(strlen(printed) == CLOCK_TEXT_SIZE - 1);
		MUST(clock_parse(printed, &again) && again == ms);
		/* a leap second ends a day of UTC, and counts as the next */
		MUST(strncmp(text + 17, "60", 2) != 0 ||
		    (at.hour == 0 && at.minute == 0 && at.second == 0));
		MUST(strlen(text) >= strlen("0000-00-00T00:00:00Z"));
	} else {
		MUST(ms == UNTOUCHED);
	}
	free(text);
	return 0;
}
