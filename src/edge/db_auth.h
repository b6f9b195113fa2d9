/*
 * The login to MySQL's default kind of account, caching_sha2_password.  The
 * shared client library loads a plugin for it from a folder; the static one,
 * which the portable program is built with, has none.
 */
#ifndef TENANTRY_EDGE_DB_AUTH_H
#define TENANTRY_EDGE_DB_AUTH_H

#include "edge/db_internal.h"

#ifdef MARIADB_BASE_VERSION
#include <mysql/plugin_auth.h>

/*
 * The client's part of the login, with the password of the connection.  The
 * password itself goes only through what nobody else can read (TLS, a Unix
 * socket), else encrypted with a key that the server sends.  Returns CR_OK, or
 * what is wrong (CR_ERROR, CR_SERVER_HANDSHAKE_ERR).
 */
int db_auth_answer(MYSQL_PLUGIN_VIO *vio, MYSQL *connection);
#endif

/* Has the client library use it for the connections that follow. */
void db_auth_register(MYSQL *connection);

#endif
