/*
 * What the shell tests send requests with: curl for the few of its options that
 * they use, without the time that curl takes to start.  What it does not know
 * is handed to curl as it stands.
 *
 *     request CURL-ARGUMENT...
 *     request --judge HEADERS BODY
 *
 * The file of --dump-header gets the head of the answer, that of --output its
 * body.  Prints what --write-out says ("%{http_code}" alone is known) and, on a
 * line of its own, what is_problem() in helper.bash reads of a problem document:
 * LACKS, STATUS, TYPE and DETAIL with the character 0x1f between them, where LACKS
 * is empty for a whole one.  --judge prints this line for an answer in files.
 *
 * Each request and its answer are recorded (../walk/record.h).
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../walk/client.h"
#include "../walk/record.h"

enum {
	HEAD_MAX = 32768,
	BODY_MAX = 1000000, /* curl would ask whether to go on */
	EXIT_NO_CONNECTION = 7,
	EXIT_CUT = 18,
	EXIT_NO_ANSWER = 52
};

struct request {
	const char *method, *url;
	const char *head_file, *body_file, *write_out, *user;
	const char *headers[64];
	size_t header_count;
	char *body;
	size_t body_length;
	bool has_body;
};

/* --- files ---------------------------------------------------------------- */

static char *read_all(const char *name, size_t *length)
{
	FILE *file = fopen(name, "rb");
	char *text = NULL;
	size_t size = 0;

	*length = 0;
	while (file != NULL) {
		if (*length + 1 >= size) {
			size = size * 2 + 65536;
			text = realloc(text, size);
			if (text == NULL)
				abort();
		}
		text[*length] = '\0';
		size_t got = fread(text + *length, 1, size - *length - 1, file);
		if (got == 0)
			break;
		*length += got;
	}
	if (file != NULL)
		(void)fclose(file);
	return text;
}

static bool write_all(const char *name, const char *text, size_t length)
{
	FILE *file = name == NULL ? stdout : fopen(name, "wb");
	bool is_written;

	if (file == NULL)
		return false;
	is_written = fwrite(text, 1, length, file) == length;
	return (file == stdout ? fflush(file) : fclose(file)) == 0 &&
	    is_written;
}

/* --- problems ------------------------------------------------------------- */

static const char *text_of(struct json_object *value)
{
	return json_object_is_type(value, json_type_string)
	    ? json_object_get_string(value)
	    : "";
}

static const char *member(struct json_object *document, const char *name)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(document, name, &value);
	return text_of(value);
}

/* The first thing that the document lacks; empty: nothing. */
static const char *lacks(
    const struct answer *answer, struct json_object *document)
{
	struct json_object *errors = NULL;
	char value[512];

	if (*member(document, "type") == '\0')
		return "type";
	if (*member(document, "title") == '\0')
		return "title";
	if (*member(document, "detail") == '\0')
		return "detail";
	if (!json_object_object_get_ex(document, "errors", &errors) ||
	    !json_object_is_type(errors, json_type_array) ||
	    *text_of(json_object_array_get_idx(errors, 0)) == '\0')
		return "errors";
	(void)answer_header(answer, "X-Request-Id", value, sizeof(value));
	if (*value == '\0' || strcmp(member(document, "instance"), value) != 0)
		return "instance";
	(void)answer_header(answer, "Content-Type", value, sizeof(value));
	if (strncmp(value, "application/problem+json",
		sizeof("application/problem+json") - 1) != 0)
		return "Content-Type";
	(void)answer_header(answer, "Cache-Control", value, sizeof(value));
	return strstr(value, "no-store") == NULL ? "no-store" : "";
}

static void judge(const struct answer *answer)
{
	struct json_tokener *parser = json_tokener_new();
	struct json_object *document, *status = NULL;

	json_tokener_set_flags(parser, JSON_TOKENER_STRICT);
	document = json_tokener_parse_ex(
	    parser, answer->body, (int)answer->body_length);
	if (json_object_is_type(document, json_type_object) &&
	    json_object_object_get_ex(document, "status", &status))
		(void)printf("%s\037%s\037%s\037%s\n", lacks(answer, document),
		    json_object_to_json_string(status),
		    member(document, "type"), member(document, "detail"));
	json_object_put(document);
	json_tokener_free(parser);
}

static int judge_files(const char *head_file, const char *body_file)
{
	struct answer answer = { .is_whole = true };
	size_t length;
	char *head = read_all(head_file, &length);
	char *body = read_all(body_file, &answer.body_length);
	char *line = malloc(length + 3);

	if (head == NULL || body == NULL || line == NULL)
		return EXIT_FAILURE;
	/* without a status line: as the program itself has written it */
	(void)snprintf(line, length + 3, "\r\n%s", head);
	answer.head = line;
	answer.body = body;
	judge(&answer);
	free(line);
	free(head);
	free(body);
	return EXIT_SUCCESS;
}

/* --- arguments ------------------------------------------------------------ */

static void add_body(struct request *request, const char *text, size_t length)
{
	size_t old = request->body_length, between = request->has_body ? 1 : 0;

	request->body = realloc(request->body, old + between + length + 1);
	if (request->body == NULL)
		abort();
	if (between != 0)
		request->body[old] = '&';
	memcpy(request->body + old + between, text, length);
	request->body_length = old + between + length;
	request->has_body = true;
}

/* --data drops CR, LF and NUL of a file, --data-binary does not. */
static bool add_data(struct request *request, const char *value, bool is_binary)
{
	size_t length, kept = 0;
	char *text;

	if (*value != '@') {
		add_body(request, value, strlen(value));
		return true;
	}
	text = read_all(value + 1, &length);
	if (text == NULL)
		return false;
	for (size_t i = 0; i < length; i++)
		if (is_binary ||
		    (text[i] != '\r' && text[i] != '\n' && text[i] != '\0'))
			text[kept++] = text[i];
	add_body(request, text, kept);
	free(text);
	return true;
}

/* Those that say how the request is sent are curl's own matter. */
static bool add_header(struct request *request, const char *line)
{
	static const char *const others[] = { "Host:", "Content-Length:",
		"Transfer-Encoding:", "Connection:", "Expect:", "@" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncasecmp(line, others[i], strlen(others[i])) == 0)
			return false;
	if (request->header_count == 64 || strchr(line, ':') == NULL ||
	    strpbrk(line, "\r\n") != NULL)
		return false;
	request->headers[request->header_count++] = line;
	return true;
}

/* Of an option with a value; false: for curl. */
static bool take_value(
    struct request *request, const char *name, const char *value)
{
	if (strcmp(name, "--request") == 0)
		request->method = value;
	else if (strcmp(name, "--dump-header") == 0)
		request->head_file = value;
	else if (strcmp(name, "--output") == 0)
		request->body_file = value;
	else if (strcmp(name, "--write-out") == 0)
		request->write_out = value;
	else if (strcmp(name, "--header") == 0)
		return add_header(request, value);
	else if (strcmp(name, "--data") == 0)
		return add_data(request, value, false);
	else if (strcmp(name, "--data-binary") == 0)
		return add_data(request, value, true);
	else if (strcmp(name, "--user") == 0)
		request->user = value;
	else if (strcmp(name, "--max-time") == 0)
		return strcmp(value, "60") == 0;
	else
		return strcmp(name, "--noproxy") == 0;
	return true;
}

static bool take_arguments(
    struct request *request, int argc, char *const argv[])
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];

		if (strcmp(name, "--silent") == 0 ||
		    strcmp(name, "--show-error") == 0 ||
		    strcmp(name, "--path-as-is") == 0)
			continue;
		if (strcmp(name, "--head") == 0)
			request->method = "HEAD";
		else if (*name != '-' && request->url == NULL)
			request->url = name;
		else if (*name != '-' || i + 1 == argc ||
		    !take_value(request, name, argv[++i]))
			return false;
	}
	return request->method != NULL && request->url != NULL &&
	    request->write_out != NULL && request->body_file != NULL &&
	    strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
	    strlen(request->method) &&
	    strncmp(request->write_out, "%{http_code}",
		sizeof("%{http_code}") - 1) == 0 &&
	    strchr(request->write_out + 1, '%') == NULL &&
	    (request->user == NULL || strchr(request->user, ':') != NULL) &&
	    request->body_length <= BODY_MAX;
}

/* --- sending -------------------------------------------------------------- */

/* RFC 4648 section 4. */
static size_t put_base64(char *out, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)text;
	size_t n = 0, left = strlen(text);

	for (; left > 0; in += 3, left = left > 3 ? left - 3 : 0) {
		unsigned bits = (unsigned)in[0] << 16;

		if (left > 1)
			bits |= (unsigned)in[1] << 8;
		if (left > 2)
			bits |= in[2];
		out[n++] = digits[bits >> 18];
		out[n++] = digits[bits >> 12 & 63];
		out[n++] = left > 1 ? digits[bits >> 6 & 63] : '=';
		out[n++] = left > 2 ? digits[bits & 63] : '=';
	}
	return n;
}

static bool names(const char *line, const char *name)
{
	return strncasecmp(line, name, strlen(name)) == 0;
}

/* The headers as curl would send them; false: there are too many. */
static bool put_headers(const struct request *request, char *out)
{
	bool has_agent = false, has_accept = false, has_type = false;
	size_t length = 0;

	if (request->user != NULL) {
		if (strlen(request->user) > HEAD_MAX / 4)
			return false;
		length = (size_t)sprintf(out, "Authorization: Basic ");
		length += put_base64(out + length, request->user);
		length += (size_t)sprintf(out + length, "\r\n");
	}
	for (size_t i = 0; i < request->header_count; i++) {
		const char *line = request->headers[i];

		has_agent |= names(line, "User-Agent:");
		has_accept |= names(line, "Accept:");
		has_type |= names(line, "Content-Type:");
		if (length + strlen(line) + 256 > HEAD_MAX)
			return false;
		/* curl leaves a header without a value away */
		if (strspn(strchr(line, ':') + 1, " ") !=
		    strlen(strchr(line, ':') + 1))
			length += (size_t)sprintf(out + length, "%s\r\n", line);
	}
	length += (size_t)sprintf(out + length, "%s%s",
	    has_agent ? "" : "User-Agent: curl/0\r\n",
	    has_accept ? "" : "Accept: */*\r\n");
	if (request->has_body && !has_type)
		(void)sprintf(out + length,
		    "Content-Type: application/x-www-form-urlencoded\r\n");
	return true;
}

static bool is_plain_url(const char *url)
{
	if (strpbrk(url, " #[]{}\\^`\"<>|") != NULL)
		return false;
	for (; *url != '\0'; url++)
		if ((unsigned char)*url < 0x20 || (unsigned char)*url > 0x7e)
			return false;
	return true;
}

/* Splits the URL at its path; false: curl is to do it. */
static bool open_url(struct client *client, char *url, const char **path)
{
	char *slash;

	if (!is_plain_url(url) || !client_open(client, url))
		return false;
	slash = strchr(url + sizeof("http://") - 1, '/');
	if (slash == NULL)
		return false;
	client->mount = "";
	*path = slash;
	return strlen(slash) < HEAD_MAX / 2;
}

static int give(const struct request *request, const struct answer *answer)
{
	size_t length = strlen(answer->head);
	char *head = malloc(length + 2);
	bool is_written;

	if (head == NULL)
		abort();
	/* its last line feed is where the text ends */
	(void)snprintf(head, length + 2, "%s\n", answer->head);
	is_written = request->head_file == NULL ||
	    write_all(request->head_file, head, length + 1);
	free(head);
	if (!is_written)
		return EXIT_FAILURE;
	if (!write_all(request->body_file, answer->body, answer->body_length))
		return EXIT_FAILURE;
	if (!answer->is_whole)
		return EXIT_CUT;
	(void)printf("%03d\n", answer->status);
	if (strcmp(request->write_out, "%{http_code}") == 0 &&
	    answer->status >= 400)
		judge(answer);
	return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	struct request request = { .method = NULL };
	struct client client;
	struct answer answer;
	char headers[HEAD_MAX * 2];
	struct message message = { .headers = headers };
	char *url;
	int status;

	if (argc == 4 && strcmp(argv[1], "--judge") == 0)
		return judge_files(argv[2], argv[3]);
	headers[0] = '\0';
	if (!take_arguments(&request, argc, argv) ||
	    (url = strdup(request.url)) == NULL ||
	    !open_url(&client, url, &message.path) ||
	    !put_headers(&request, headers)) {
		argv[0] = (char[]){ "curl" };
		(void)execvp("curl", argv);
		return EXIT_FAILURE;
	}
	message.method = request.method;
	message.body = request.has_body ? request.body : NULL;
	message.body_length = request.body_length;
	if (client_send(&client, &message, &answer)) {
		status = give(&request, &answer);
		if (!record_call(getenv("BATS_TEST_FILENAME"),
			getenv("BATS_TEST_DESCRIPTION"), &message, &answer))
			status = EXIT_FAILURE;
	} else {
		status = client.connections == 0 ? EXIT_NO_CONNECTION
						 : EXIT_NO_ANSWER;
		(void)printf("000\n");
	}
	client_close(&client);
	free(request.body);
	free(url);
	return status;
}
