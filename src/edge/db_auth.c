#include "edge/db_auth.h"

#ifdef MARIADB_BASE_VERSION

#include <errmsg.h>
#include <stdarg.h>
#include <string.h>

#include "edge/crypto.h"
#include "edge/crypto_key.h"

enum {
	NONCE_SIZE = 20,
	PASSWORD_MAX = 255,
	PEM_MAX = 4096,
	/* what the server sends after the proof, and the client then */
	PROOF_FITS = 3,
	PASSWORD_IS_WANTED = 4,
	SEND_PUBLIC_KEY = 2
};

struct login {
	MYSQL_PLUGIN_VIO *vio;
	const char *password;
	size_t size; /* of the password, with its NUL */
	unsigned char nonce[NONCE_SIZE];
};

static int send(
    const struct login *login, const unsigned char *data, size_t size)
{
	return login->vio->write_packet(login->vio, data, (int)size) == 0
	    ? CR_OK
	    : CR_ERROR;
}

/* SHA256(password) XOR SHA256(SHA256(SHA256(password)) and the nonce). */
static int send_proof(const struct login *login)
{
	unsigned char proof[CRYPTO_SHA256_SIZE], mask[CRYPTO_SHA256_SIZE];
	unsigned char both[CRYPTO_SHA256_SIZE + NONCE_SIZE];

	crypto_sha256(login->password, login->size - 1, proof);
	crypto_sha256(proof, sizeof(proof), both);
	memcpy(both + CRYPTO_SHA256_SIZE, login->nonce, NONCE_SIZE);
	crypto_sha256(both, sizeof(both), mask);
	for (size_t i = 0; i < sizeof(proof); i++)
		proof[i] ^= mask[i];
	return send(login, proof, sizeof(proof));
}

static int send_encrypted(const struct login *login)
{
	static const unsigned char request = SEND_PUBLIC_KEY;
	unsigned char mixed[PASSWORD_MAX + 1], out[CRYPTO_RSA_SIZE], *packet;
	char pem[PEM_MAX];
	size_t size;
	int length;

	if (send(login, &request, 1) != CR_OK ||
	    (length = login->vio->read_packet(login->vio, &packet)) < 0)
		return CR_ERROR;
	if ((size_t)length >= sizeof(pem))
		return CR_SERVER_HANDSHAKE_ERR;
	memcpy(pem, packet, (size_t)length);
	pem[length] = '\0';
	for (size_t i = 0; i < login->size; i++)
		mixed[i] = (unsigned char)login->password[i] ^
		    login->nonce[i % NONCE_SIZE];
	size = crypto_rsa_encrypt(pem, mixed, login->size, out);
	crypto_wipe(mixed, sizeof(mixed));
	return size == 0 ? CR_SERVER_HANDSHAKE_ERR : send(login, out, size);
}

/* TLS begins with the first packet that is sent: ask after that. */
static bool is_private(MYSQL_PLUGIN_VIO *vio, MYSQL *connection)
{
	MYSQL_PLUGIN_VIO_INFO info = { .protocol = MYSQL_VIO_INVALID };

	vio->info(vio, &info);
	return info.protocol == MYSQL_VIO_SOCKET ||
	    mysql_get_ssl_cipher(connection) != NULL;
}

int db_auth_answer(MYSQL_PLUGIN_VIO *vio, MYSQL *connection)
{
	struct login login = { .vio = vio, .password = connection->passwd };
	unsigned char *packet;
	int length = vio->read_packet(vio, &packet);

	login.size = strlen(login.password) + 1;
	if (length < 0)
		return CR_ERROR;
	if (length != NONCE_SIZE + 1 || login.size > PASSWORD_MAX + 1)
		return CR_SERVER_HANDSHAKE_ERR;
	memcpy(login.nonce, packet, NONCE_SIZE);
	if (login.size == 1)
		return send(&login, NULL, 0);
	if (send_proof(&login) != CR_OK ||
	    (length = vio->read_packet(vio, &packet)) < 0)
		return CR_ERROR;
	if (length == 1 && packet[0] == PROOF_FITS)
		return CR_OK;
	if (length != 1 || packet[0] != PASSWORD_IS_WANTED)
		return CR_SERVER_HANDSHAKE_ERR;
	if (!is_private(vio, connection))
		return send_encrypted(&login);
	return send(&login, (const unsigned char *)login.password, login.size);
}

/*
 * As mysql/client_plugin.h has it, which includes what Debian does not ship.
 * The library looks at the version of the interface.
 */
struct login_plugin {
	MYSQL_CLIENT_PLUGIN_HEADER int (*authenticate_user)(
	    MYSQL_PLUGIN_VIO *vio, MYSQL *connection);
};

enum { PLUGIN_OF_LOGIN = 2, PLUGIN_INTERFACE = 0x0100 };

void db_auth_register(MYSQL *connection)
{
	static struct login_plugin plugin = {
		.type = PLUGIN_OF_LOGIN,
		.interface_version = PLUGIN_INTERFACE,
		.name = "caching_sha2_password",
		.author = "Tenantry",
		.desc = "MySQL's default login",
		.version = { 1, 0, 0 },
		.license = "MIT",
		.authenticate_user = db_auth_answer,
	};

	/* the library does not change the plugin, and may register it twice */
	(void)mysql_client_register_plugin(
	    connection, (struct st_mysql_client_plugin *)&plugin);
}

#else /* MySQL's own library has it */

void db_auth_register(MYSQL *connection)
{
	(void)connection;
}

#endif
