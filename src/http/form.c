#include "http/form.h"

#include <string.h>
#include <strings.h>

#include "http/query.h"

static enum err refuse(struct fault *fault, const char *what)
{
	return fault_set(fault, ERR_BAD_BODY, "the form %s", what);
}

static const struct form_field *find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

/* `name=value`, or a name alone, which has an empty value. */
static enum err read_pair(struct arena *mem, const char *pair, size_t length,
    struct form *out, struct fault *fault)
{
	const char *equal = memchr(pair, '=', length);
	size_t name_length = equal ? (size_t)(equal - pair) : length;
	size_t at = equal ? name_length + 1 : length;
	const struct form_field field = {
		.name = query_decode(mem, pair, name_length),
		.value = query_decode(mem, pair + at, length - at),
	};

	if (field.name == NULL || field.value == NULL)
		return refuse(fault, "is not URL-encoded UTF-8");
	if (find(out, field.name) != NULL)
		return refuse(fault, "has a field twice");
	if (out->count == FORM_FIELDS_MAX)
		return refuse(fault, "has too many fields");
	out->fields[out->count++] = field;
	return ERR_NONE;
}

enum err form_read(
    struct arena *mem, const char *body, struct form *out, struct fault *fault)
{
	enum err err = ERR_NONE;

	out->count = 0;
	while (*body != '\0' && !err) {
		size_t length = strcspn(body, "&");

		if (length > 0)
			err = read_pair(mem, body, length, out, fault);
		body += length;
		body += *body == '&';
	}
	return err;
}

static bool has_form_type(struct request *rq)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = request_header(rq, "CONTENT_TYPE");
	size_t length = sizeof(form) - 1;

	return type != NULL && strncasecmp(type, form, length) == 0 &&
	    strchr("; \t", type[length]) != NULL;
}

enum err form_read_body(struct request *rq, struct form *out)
{
	enum err err;

	out->count = 0;
	if (!has_form_type(rq))
		return fault_set(&rq->fault, ERR_MEDIA_TYPE,
		    "this takes what its own page sends: Content-Type:"
		    " application/x-www-form-urlencoded");
	if ((err = request_check_body(rq, &rq->fault)))
		return err;
	if (rq->body_length == 0)
		return ERR_NONE;
	if (memchr(rq->body, '\0', rq->body_length) != NULL)
		return refuse(&rq->fault, "is not URL-encoded UTF-8");
	return form_read(rq->mem, rq->body, out, &rq->fault);
}

const char *form_value(const struct form *form, const char *name)
{
	const struct form_field *field = find(form, name);

	return field != NULL ? field->value : "";
}
