/*
 * What the routes of the invited share: an invitation as it is found by its
 * token or its id, and the transaction that makes its person a member.
 */
#ifndef TENANTRY_RESOURCE_INVITATION_ACCEPT_H
#define TENANTRY_RESOURCE_INVITATION_ACCEPT_H

#include "api/call.h"
#include "edge/password.h"
#include "resource/invitation.h"

/* What is known of an invitation, and of the person who came with it. */
struct invited {
	char id[ULID_SIZE];
	char organization_id[ULID_SIZE];
	char organization_name[NAME_DISPLAY_SIZE];
	char email[NAME_DISPLAY_SIZE];
	char email_key[NAME_KEY_SIZE];
	char role[ROLE_SIZE];
	char delivery[5];
	char projects[INVITATION_PROJECTS_SIZE]; /* JSON */
	char inviter_name[NAME_DISPLAY_SIZE];
	int64_t expires_at;
	bool is_live;  /* pending, and not over */
	bool is_given; /* the inviter may still give all of it */
	char accepted_by[ULID_SIZE];
	char account_id[ULID_SIZE]; /* of the address */
	bool is_member;             /* the person, of the organization */
};

/* The person who is signed in; an empty id: nobody is. */
struct invited_person {
	char id[ULID_SIZE];
	char email[1017];
	bool is_unproved;
};

/* How it is found: by the digest of a token, else by an id. */
struct invited_ask {
	unsigned char digest[CRYPTO_SHA256_SIZE];
	const char *id; /* NULL: by the digest */
};

/* What accepting makes; the texts are of a new account. */
struct acceptance {
	struct call *call;
	struct invited_ask ask;
	struct invited_person person;
	struct invited invited;
	const char *display_name;
	char password_hash[PASSWORD_HASH_SIZE];
	struct organization organization;
	struct project account; /* empty id: it gives none */
};

/* ERR_TOKEN_DEAD (by id ERR_NO_RESOURCE) where there is none. */
enum err invited_find(struct acceptance *a);

/* ERR_OTHER_ADDRESS, or where it is to be a proved one ERR_NOT_PROVED. */
enum err invited_check_address(struct acceptance *a, bool is_proved);

/*
 * Whether the person may accept it now: ERR_TOKEN_DEAD, ERR_OTHER_ADDRESS,
 * ERR_SIGN_IN …; `*is_done`: this person has, and is still a member.
 */
enum err invited_judge(struct acceptance *a, bool *is_done);

/* Whether the licence lets the person join; asked again under the lock. */
enum err invited_check_growth(struct acceptance *a);

/* Makes the person a member, in a transaction; a new account where none is. */
enum err invited_accept(struct acceptance *a);

/* Reads what the answer shows. */
enum err invited_show(struct acceptance *a);

/* It is declined, in a transaction. */
enum err invited_decline(struct acceptance *a);

extern const struct statement *const invited_statements[];

#endif
