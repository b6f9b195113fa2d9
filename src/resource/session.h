/*
 * What routes of sessions share: the password of the caller, and what a client
 * without a session is told.
 */
#ifndef TENANTRY_RESOURCE_SESSION_H
#define TENANTRY_RESOURCE_SESSION_H

#include "api/attempt.h"
#include "http/describe.h"
#include "store/session.h"

/* A JSON object, in the request's memory: what this service can do. */
const char *session_features(struct request *rq, const struct config *config);

/*
 * Begins a session for a login and its password, and sets its cookie; nothing
 * else of an answer.  What POST /v1/session says if it is refused.
 */
enum err session_start(struct call *call, struct response *rs,
    const char *login, const char *password);

/*
 * Whether it is the caller's own password: ERR_UNAUTHENTICATED if not, or what
 * attempt_verify() says.
 */
enum err session_verify_own(
    struct call *call, const char *password, struct login *login);

/* The body of what asks for the password alone. */
struct password_body {
	const char *password;
};
extern const struct field_table password_body_table;

extern const struct describe session_create_words, session_get_words,
    session_delete_words, session_confirm_words, sessions_list_words,
    sessions_delete_one_words, sessions_delete_words, password_words;

#endif
