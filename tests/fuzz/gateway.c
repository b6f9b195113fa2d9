#include "gateway.h"

#include "fuzz.h"

enum { PARAMS_MAX = 64, ANSWER_MAX = 1 << 20 };

struct param {
	char *name, *value; /* one allocation: the name's */
};

struct gateway {
	struct param params[PARAMS_MAX];
	size_t count;
	const char *body; /* the caller's */
	size_t length, taken;
	char *answer;
	size_t answered;
};

static struct gateway the_gateway;

static void forget(struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->count; i++)
		free(gateway->params[i].name);
	free(gateway->answer);
	memset(gateway, 0, sizeof(*gateway));
}

void fuzz_param(struct gateway *gateway, const char *name, const char *value)
{
	size_t length = strlen(name) + 1;
	char *copy;

	if (gateway->count == PARAMS_MAX)
		return;
	copy = malloc(length + strlen(value) + 1);
	MUST(copy != NULL);
	memcpy(copy, name, length);
	memcpy(copy + length, value, strlen(value) + 1);
	gateway->params[gateway->count].name = copy;
	gateway->params[gateway->count++].value = copy + length;
}

/* One line of the head; a line without `=` is left out. */
static void take_line(struct gateway *gateway, const char *line, size_t length)
{
	char *copy = fuzz_text((const uint8_t *)line, length);
	char *equals = strchr(copy, '=');

	if (equals != NULL) {
		*equals = '\0';
		fuzz_param(gateway, copy, equals + 1);
	}
	free(copy);
}

struct gateway *fuzz_request(const void *data, size_t size)
{
	struct gateway *gateway = &the_gateway;
	const char *at = data, *end = at + size;
	char digits[24];

	forget(gateway);
	while (at < end && *at != '\n') {
		const char *line = at;
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		at = stop != NULL ? stop + 1 : end;
		take_line(gateway, line,
		    (size_t)((stop != NULL ? stop : end) - line));
	}
	gateway->body = at < end ? at + 1 : end;
	gateway->length = (size_t)(end - gateway->body);
	if (gateway_param(gateway, "CONTENT_LENGTH") == NULL) {
		snprintf(digits, sizeof(digits), "%zu", gateway->length);
		fuzz_param(gateway, "CONTENT_LENGTH", digits);
	}
	return gateway;
}

const char *fuzz_answer(const struct gateway *gateway, size_t *length)
{
	*length = gateway->answered;
	return gateway->answer != NULL ? gateway->answer : "";
}

struct gateway *gateway_open(void)
{
	return &the_gateway;
}

bool gateway_pause(const struct gateway *gateway, int milliseconds)
{
	(void)gateway;
	(void)milliseconds;
	return true;
}

bool gateway_accept(struct gateway *gateway, struct arena *mem)
{
	(void)mem;
	(void)gateway;
	return false;
}

enum gateway_event gateway_wait(struct gateway *gateway, int seconds)
{
	(void)gateway;
	(void)seconds;
	return GATEWAY_END;
}

bool gateway_is_cgi(const struct gateway *gateway)
{
	(void)gateway;
	return true;
}

bool gateway_is_local(const struct gateway *gateway)
{
	(void)gateway;
	return true;
}

void gateway_limit(struct gateway *gateway, int seconds)
{
	(void)gateway;
	(void)seconds;
}

bool gateway_is_late(const struct gateway *gateway)
{
	(void)gateway;
	return false;
}

/* The last of that name, as in an environment that setenv(3) made. */
const char *gateway_param(const struct gateway *gateway, const char *name)
{
	for (size_t i = gateway->count; i > 0; i--)
		if (strcmp(gateway->params[i - 1].name, name) == 0)
			return gateway->params[i - 1].value;
	return NULL;
}

const char *gateway_list(
    const struct gateway *gateway, const char *name, struct arena *mem)
{
	const char *list = NULL;

	for (size_t i = 0; i < gateway->count; i++) {
		const char *value = gateway->params[i].value;

		if (strcmp(gateway->params[i].name, name) == 0)
			list = list == NULL
			    ? value
			    : arena_print(mem, "%s, %s", list, value);
	}
	return list;
}

const char *gateway_repeated(
    const struct gateway *gateway, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t found = 0;

		for (size_t k = 0; k < gateway->count; k++)
			found += strcmp(gateway->params[k].name, names[i]) == 0;
		if (found > 1)
			return names[i];
	}
	return NULL;
}

size_t gateway_read(struct gateway *gateway, char *buffer, size_t size)
{
	size_t left = gateway->length - gateway->taken;
	size_t part = size < left ? size : left;

	if (part > 0)
		memcpy(buffer, gateway->body + gateway->taken, part);
	gateway->taken += part;
	return part;
}

bool gateway_write(struct gateway *gateway, const char *data, size_t length)
{
	MUST(gateway->answered + length < ANSWER_MAX);
	gateway->answer = realloc(
	    gateway->answer, gateway->answered + length + 1);
	MUST(gateway->answer != NULL);
	memcpy(gateway->answer + gateway->answered, data, length);
	gateway->answered += length;
	gateway->answer[gateway->answered] = '\0';
	return true;
}

void gateway_finish(struct gateway *gateway)
{
	(void)gateway;
}

void gateway_abort(struct gateway *gateway)
{
	(void)gateway;
}
