#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

/* Whether a cell ends here; a CR only before a LF. */
static bool is_end(const char *at)
{
	return *at == '\0' || *at == ',' || *at == '\n' ||
	    (at[0] == '\r' && at[1] == '\n');
}

static const char *read_quoted(char **at)
{
	char *from = *at + 1, *to = *at;

	for (;;) {
		if (*from == '\0')
			return "a quote is not closed";
		if (*from == '"' && *++from != '"')
			break;
		*to++ = *from++;
	}
	if (!is_end(from))
		return "there is something behind a closing quote";
	*at = from;
	/* the cell is shorter than what it stood in */
	memset(to, '\0', (size_t)(from - to));
	return NULL;
}

static const char *read_plain(char **at)
{
	while (!is_end(*at)) {
		if (**at == '"')
			return "a quote stands in a cell that does not begin"
			       " with one";
		++*at;
	}
	return NULL;
}

/* Ends the cell; true: another one follows in this record. */
static bool end_cell(char **at)
{
	char end = **at;

	if (end == '\0')
		return false;
	**at = '\0';
	*at += end == '\r' ? 2 : 1;
	return end == ',';
}

const char *csv_read(char **at, struct csv_record *out)
{
	bool is_more = true;

	out->count = 0;
	while (is_more) {
		const char *wrong;

		if (out->count == CSV_CELLS_MAX)
			return "there are too many cells";
		out->cells[out->count++] = *at;
		wrong = **at == '"' ? read_quoted(at) : read_plain(at);
		if (wrong != NULL)
			return wrong;
		is_more = end_cell(at);
	}
	return NULL;
}
