#include "unit.h"

#include <errmsg.h>
#include <stdbool.h>

#include "edge/db_auth.h"

/* A server that sends what is listed, and keeps what it gets. */
struct server {
	MYSQL_PLUGIN_VIO vio; /* first: what the client is given */
	int protocol;
	const char *packets[3];
	int sizes[3];
	int sent;
	unsigned char got[3][1024];
	int lengths[3];
	int received;
};

static const char nonce[] = "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
			    "\x11\x12\x13\x14";

/* SHA256(p) XOR SHA256(SHA256(SHA256(p)) + nonce), by Python's hashlib. */
static const unsigned char proof[] = { 0xf1, 0x6e, 0x4b, 0xdf, 0x1f, 0xbf, 0x64,
	0xd9, 0x6b, 0xba, 0x0a, 0x87, 0xb4, 0x08, 0xb3, 0x6b, 0xa1, 0x97, 0x39,
	0xc0, 0x31, 0x3d, 0x44, 0x6b, 0xba, 0x6b, 0x41, 0x65, 0xc1, 0x3c, 0x40,
	0xfc };

static const char rsa_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0PPY8E2jHeSvgGtup9RG\n"
    "prMyLl3xKPX9MgBFVTYZHPgi1j9dlIgc6qXqCRLGmPz3TgEIpZqpMYv0ARNf36J/\n"
    "qzSqHe2T5DfmMK9+IPMVpe4xghi9D0IWPWPncs7CA1wTsGpKN8nx5SGr4AtuTtqJ\n"
    "lj27/37Dv29z1VATU64PvjTK8ezdjhRi2q7IrZ8eAsw5G8VuW/1wZ6DFq6nZikDR\n"
    "bxrQkHp11mB5l65HRkBfDjiuMu7EJoBuqlumLhBDBM7S6CedKUwJk9b49vvUDn2g\n"
    "sIhlHlBV9YCfdEmXZzm8O6JfCD1e/yQ41MOYf/FPOz/oTtCHuoVGUgo19KPyO4wW\n"
    "sQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static int read_packet(MYSQL_PLUGIN_VIO *vio, unsigned char **packet)
{
	struct server *s = (struct server *)vio;

	if (s->sent == 3 || s->packets[s->sent] == NULL)
		return -1;
	memcpy(packet, &s->packets[s->sent], sizeof(*packet));
	return s->sizes[s->sent++];
}

static int write_packet(
    MYSQL_PLUGIN_VIO *vio, const unsigned char *packet, int length)
{
	struct server *s = (struct server *)vio;

	assert_in_range(length, 0, sizeof(s->got[0]));
	assert_in_range(s->received, 0, 2);
	if (length > 0)
		memcpy(s->got[s->received], packet, (size_t)length);
	s->lengths[s->received++] = length;
	return 0;
}

static void info(MYSQL_PLUGIN_VIO *vio, MYSQL_PLUGIN_VIO_INFO *out)
{
	int protocol = ((struct server *)vio)->protocol;

	memcpy(&out->protocol, &protocol, sizeof(protocol));
}

static int answer(struct server *s, const char *password)
{
	char text[300];
	MYSQL connection;

	memset(&connection, 0, sizeof(connection));
	strcpy(text, password);
	connection.passwd = text;
	s->vio.read_packet = read_packet;
	s->vio.write_packet = write_packet;
	s->vio.info = info;
	s->packets[0] = nonce;
	if (s->sizes[0] == 0)
		s->sizes[0] = sizeof(nonce);
	return db_auth_answer(&s->vio, &connection);
}

static void a_proof_is_enough_where_the_server_remembers(void **state)
{
	struct server s = { .packets = { NULL, "\3" }, .sizes = { 0, 1 } };

	(void)state;
	assert_int_equal(answer(&s, "correct horse"), CR_OK);
	assert_int_equal(s.received, 1);
	assert_int_equal(s.lengths[0], sizeof(proof));
	assert_memory_equal(s.got[0], proof, sizeof(proof));
}

static void through_a_socket_the_password_itself_is_sent(void **state)
{
	struct server s = { .protocol = MYSQL_VIO_SOCKET,
		.packets = { NULL, "\4" },
		.sizes = { 0, 1 } };

	(void)state;
	assert_int_equal(answer(&s, "correct horse"), CR_OK);
	assert_int_equal(s.received, 2);
	assert_int_equal(s.lengths[1], sizeof("correct horse"));
	assert_string_equal((char *)s.got[1], "correct horse");
}

static void through_the_network_it_is_sent_encrypted(void **state)
{
	struct server s = { .protocol = MYSQL_VIO_TCP,
		.packets = { NULL, "\4", rsa_pem },
		.sizes = { 0, 1, sizeof(rsa_pem) - 1 } };
	struct server again = s;

	(void)state;
	assert_int_equal(answer(&s, "correct horse"), CR_OK);
	assert_int_equal(s.received, 3);
	assert_int_equal(s.lengths[1], 1);
	assert_int_equal(s.got[1][0], 2);
	assert_int_equal(s.lengths[2], 256);
	/* never the same twice */
	assert_int_equal(answer(&again, "correct horse"), CR_OK);
	assert_memory_not_equal(s.got[2], again.got[2], 256);
}

static void a_server_without_a_key_gets_no_password(void **state)
{
	static const char *const keys[] = { "", "no key",
		"-----BEGIN PUBLIC KEY-----\n"
		"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
		"-----END PUBLIC KEY-----\n" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct server s = { .protocol = MYSQL_VIO_TCP,
			.packets = { NULL, "\4", keys[i] },
			.sizes = { 0, 1, (int)strlen(keys[i]) } };

		assert_int_equal(
		    answer(&s, "correct horse"), CR_SERVER_HANDSHAKE_ERR);
		assert_int_equal(s.received, 2);
	}
}

static void an_empty_password_is_an_empty_packet(void **state)
{
	struct server s = { .packets = { NULL } };

	(void)state;
	assert_int_equal(answer(&s, ""), CR_OK);
	assert_int_equal(s.received, 1);
	assert_int_equal(s.lengths[0], 0);
}

static void what_is_not_of_the_protocol_ends_it(void **state)
{
	struct server s = { .sizes = { 8 } };
	struct server other = { .packets = { NULL, "\5" }, .sizes = { 0, 1 } };
	struct server silent = { .packets = { NULL } };
	char password[300];

	(void)state;
	assert_int_equal(answer(&s, "p"), CR_SERVER_HANDSHAKE_ERR);
	assert_int_equal(s.received, 0);
	assert_int_equal(answer(&other, "p"), CR_SERVER_HANDSHAKE_ERR);
	assert_int_equal(answer(&silent, "p"), CR_ERROR);
	memset(password, 'x', sizeof(password));
	password[256] = '\0';
	memset(&s, 0, sizeof(s));
	assert_int_equal(answer(&s, password), CR_SERVER_HANDSHAKE_ERR);
	assert_int_equal(s.received, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proof_is_enough_where_the_server_remembers),
		cmocka_unit_test(through_a_socket_the_password_itself_is_sent),
		cmocka_unit_test(through_the_network_it_is_sent_encrypted),
		cmocka_unit_test(a_server_without_a_key_gets_no_password),
		cmocka_unit_test(an_empty_password_is_an_empty_packet),
		cmocka_unit_test(what_is_not_of_the_protocol_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
