/*
 * Pages that the program writes itself: one look, one policy, no file to load.
 * Knows no page.
 */
#ifndef TENANTRY_HTTP_HTML_H
#define TENANTRY_HTTP_HTML_H

#include "http/response.h"

/*
 * Begins a page with its head, title and heading, and the headers that keep
 * everything else out of it.  With a script its policy lets the page's own one
 * run (html_script) and ask this host.
 */
void html_begin(
    struct response *rs, int status, const char *title, bool has_script);

/* Markup as it is: never what came from outside. */
void html_put(struct response *rs, const char *markup);

/* Text, also within a quoted attribute. */
void html_text(struct response *rs, const char *text);
void html_number(struct response *rs, int64_t number);

/* A field with its label; `type` of HTML, `more` attributes as they are. */
struct html_field {
	const char *name, *label, *type, *more;
	const char *value; /* NULL: empty */
	const char *hint;  /* below it, or NULL */
};
void html_field(struct response *rs, const struct html_field *field);

/*
 * The script of the pages, which says in its first lines what it does; to be
 * put before html_end().
 */
void html_script(struct response *rs);

enum err html_end(struct response *rs);

#endif
