#include "edge/db_hosts.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_MAX = 65535, PORT_DIGITS = 5 };

/* Cuts ":port" off behind a name, or behind an address in brackets. */
static bool read_address(struct db_host *host, char *word)
{
	char *colon = strrchr(word, ':');

	host->port = DB_HOST_PORT;
	if (word[0] == '[') {
		char *end = strchr(word, ']');

		if (end == NULL || end == word + 1)
			return false;
		*end = '\0';
		word++;
		colon = end + 1;
		if (*colon == '\0')
			colon = NULL;
		else if (*colon != ':')
			return false;
	} else if (colon != NULL && strchr(word, ':') != colon) {
		colon = NULL; /* an IPv6 address without a port */
	}
	host->name = word;
	if (colon == NULL)
		return true;
	*colon++ = '\0';
	if (strspn(colon, "0123456789") != strlen(colon) ||
	    strlen(colon) > PORT_DIGITS)
		return false;
	host->port = (unsigned)strtoul(colon, NULL, 10);
	return word[0] != '\0' && host->port > 0 && host->port <= PORT_MAX;
}

static bool is_same(const struct db_host *a, const struct db_host *b)
{
	if (a->socket != NULL || b->socket != NULL)
		return a->socket != NULL && b->socket != NULL &&
		    strcmp(a->socket, b->socket) == 0;
	return a->port == b->port && strcmp(a->name, b->name) == 0;
}

bool db_hosts_parse(struct db_hosts *hosts, char *text, const char **why)
{
	char *word;

	hosts->count = 0;
	while ((word = strtok_r(text, " \t", &text)) != NULL) {
		struct db_host host = { NULL, NULL, 0 };

		*why = "is no socket's path and no host:port";
		if (word[0] == '/')
			host.socket = word;
		else if (!read_address(&host, word))
			return false;
		*why = "names a host twice";
		for (size_t i = 0; i < hosts->count; i++) {
			if (is_same(&hosts->list[i], &host))
				return false;
		}
		*why = "names more than 16 hosts";
		if (hosts->count == DB_HOSTS_MAX)
			return false;
		hosts->list[hosts->count++] = host;
	}
	return true;
}

void db_health_begin(struct db_health *health, size_t start)
{
	health->tried = 0;
	health->start = start;
}

void db_health_failed(struct db_health *health, size_t host, int64_t now)
{
	health->failed_at[host] = now;
}

static bool rests(const struct db_health *health, size_t host, int64_t now)
{
	int64_t at = health->failed_at[host];

	return at != 0 && now - at < DB_HOST_REST;
}

size_t db_health_next(
    struct db_health *health, const struct db_hosts *hosts, int64_t now)
{
	size_t found = hosts->count;

	for (size_t i = 0; i < hosts->count; i++) {
		size_t host = (health->start + i) % hosts->count;

		if (health->tried & 1U << host)
			continue;
		if (found == hosts->count)
			found = host;
		if (!rests(health, host, now)) {
			found = host;
			break;
		}
	}
	if (found < hosts->count)
		health->tried |= 1U << found;
	return found;
}
