/*
 * What comes over the FastCGI socket, byte by byte: libfcgi and the real
 * gateway take it apart.  Whatever it is, nothing hangs, and what goes back is
 * whole records; where they bring an answer it is one.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "service.h"

enum {
	RECORD_END = 3,
	RECORD_OUT = 6,
	RECORD_ERR = 7,
	RECORD_VALUES = 10,
	RECORD_UNKNOWN = 11,
	HEAD_SIZE = 8,
	ANSWER_MAX = 1 << 19
};

/*
 * libfcgi forgets 48 bytes for each management record of a type that it does
 * not know, which no web server sends.  What we would forget is still told.
 */
const char *__lsan_default_options(void);      // NOLINT
const char *__lsan_default_suppressions(void); // NOLINT

/* Silently: what a sanitizer writes counts as a report. */
const char *__lsan_default_options(void) // NOLINT
{
	return "print_suppressions=0";
}

const char *__lsan_default_suppressions(void) // NOLINT
{
	return "leak:libfcgi\n";
}

/* A name that is in no file system, this process's alone. */
static socklen_t make_address(struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
	    "tenantry-fuzz-%ld", (long)getpid());
	return sizeof(*address);
}

/* Descriptor 0 becomes the listening socket, as a web server leaves it. */
static struct gateway *open_gateway(void)
{
	struct sockaddr_un address;
	socklen_t length = make_address(&address);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct gateway *gateway;
	sigset_t set;

	MUST(listener >= 0 && dup2(listener, STDIN_FILENO) == STDIN_FILENO);
	MUST(bind(STDIN_FILENO, (struct sockaddr *)&address, length) == 0);
	MUST(listen(STDIN_FILENO, 5) == 0);
	gateway = gateway_open();
	MUST(gateway != NULL && !gateway_is_cgi(gateway));
	/* the fuzzer's own: it is ended by a signal */
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return gateway;
}

/* A peer that has sent all this and will send no more. */
static int connect_with(const uint8_t *data, size_t size)
{
	struct sockaddr_un address;
	socklen_t length = make_address(&address);
	int room = ANSWER_MAX, peer = socket(AF_UNIX, SOCK_STREAM, 0);

	MUST(peer >= 0);
	MUST(setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
	MUST(connect(peer, (struct sockaddr *)&address, length) == 0);
	MUST(size == 0 || send(peer, data, size, 0) == (ssize_t)size);
	MUST(shutdown(peer, SHUT_WR) == 0);
	return peer;
}

/* The peer's side, on a thread: an answer may be more than a socket holds. */
struct back {
	int peer;
	size_t used;
	unsigned char bytes[ANSWER_MAX];
};

/* Until the end; a connection that was reset has brought nothing more. */
static void *read_back(void *context)
{
	struct back *back = context;
	ssize_t got;

	back->used = 0;
	while ((got = recv(back->peer, back->bytes + back->used,
		    ANSWER_MAX - back->used, 0)) > 0)
		back->used += (size_t)got;
	return NULL;
}

/* How long a record is with its padding; it is whole and of a known type. */
static size_t check_record(const unsigned char *record, size_t left)
{
	size_t content, size;

	MUST(left >= HEAD_SIZE && record[0] == 1);
	content = (size_t)record[4] << 8 | record[5];
	size = HEAD_SIZE + content + record[6];
	MUST(left >= size);
	MUST(record[1] == RECORD_END || record[1] == RECORD_OUT ||
	    record[1] == RECORD_ERR || record[1] == RECORD_VALUES ||
	    record[1] == RECORD_UNKNOWN);
	return size;
}

/* The text of the answer in the records, its length; 0: there is none. */
static size_t unwrap(const unsigned char *bytes, size_t size, char *out)
{
	size_t at = 0, used = 0;

	while (at < size) {
		const unsigned char *record = bytes + at;
		size_t content;

		at += check_record(record, size - at);
		content = (size_t)record[4] << 8 | record[5];
		if (record[1] != RECORD_OUT)
			continue;
		memcpy(out + used, record + HEAD_SIZE, content);
		used += content;
	}
	return used;
}

static void check_answer(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	MUST(strncmp(answer, "Status: ", 8) == 0 && end != NULL);
	MUST(strstr(answer, "X-Request-Id: ") < end);
	MUST(atoi(answer + 8) >= 200 && atoi(answer + 8) <= 503);
}

/*
 * A length of four bytes that says gigabytes: libfcgi asks for them, and ends
 * the worker where it does not get them.  Only a web server could send one.
 */
static bool may_be_endless(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] > 0x80)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct back back;
	static char text[ANSWER_MAX];
	static struct config config;
	static struct service service;
	static struct gateway *gateway;
	pthread_t reader;
	size_t length;

	if (may_be_endless(data, size))
		return 0;
	if (gateway == NULL) {
		fuzz_settings(&config);
		gateway = open_gateway();
		service_init(&service, &config, gateway);
	}
	back.peer = connect_with(data, size);
	MUST(pthread_create(&reader, NULL, read_back, &back) == 0);
	if (gateway_accept(gateway, &service.mem))
		serve(&service);
	MUST(pthread_join(reader, NULL) == 0);
	MUST(back.used < ANSWER_MAX);
	length = unwrap(back.bytes, back.used, text);
	text[length] = '\0';
	if (length > 0)
		check_answer(text);
	close(back.peer);
	return 0;
}
