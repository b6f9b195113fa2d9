#include "record.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add_text(
    struct json_object *call, const char *name, const char *text, size_t length)
{
	json_object_object_add(call, name,
	    text == NULL ? NULL
			 : json_object_new_string_len(text, (int)length));
}

static void add_line(
    struct json_object *call, const char *name, const char *text)
{
	add_text(call, name, text, text == NULL ? 0 : strlen(text));
}

/* In one piece, as others may write to the file at the same time. */
static bool append(const char *name, const char *line)
{
	int file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	size_t length = strlen(line);
	bool is_written;

	if (file < 0)
		return false;
	is_written = write(file, line, length) == (ssize_t)length;
	return close(file) == 0 && is_written;
}

bool record_call(const char *file, const char *test,
    const struct message *message, const struct answer *answer)
{
	const char *calls = getenv("TENANTRY_CALLS"), *text;
	struct json_object *call;
	bool is_written = false;
	char *line;

	if (calls == NULL || *calls == '\0')
		return true;
	call = json_object_new_object();
	add_line(call, "file", file);
	add_line(call, "test", test);
	add_line(call, "method", message->method);
	add_line(call, "path", message->path);
	add_line(call, "headers", message->headers);
	add_text(call, "body", message->body, message->body_length);
	json_object_object_add(
	    call, "status", json_object_new_int(answer->status));
	add_line(call, "answerHead", answer->head);
	add_text(call, "answer", answer->body, answer->body_length);
	text = json_object_to_json_string_ext(call, JSON_C_TO_STRING_PLAIN);
	line = malloc(strlen(text) + 2);
	if (line != NULL) {
		(void)sprintf(line, "%s\n", text);
		is_written = append(calls, line);
	}
	free(line);
	json_object_put(call);
	return is_written;
}
