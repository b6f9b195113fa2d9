/*
 * An invitation as a row: what is read of it, what its bodies say, and what
 * follows from both.  resource/invitation.c has the statements and routes of
 * those who invite, resource/invitation_accept.c those of who is invited.
 */
#ifndef TENANTRY_RESOURCE_INVITATION_H
#define TENANTRY_RESOURCE_INVITATION_H

#include "edge/crypto.h"
#include "resource/module.h"
#include "store/invitation.h"

enum {
	INVITATION_PROJECTS_MAX = 16,
	INVITATION_TOKEN_SIZE = 60, /* id, `_`, 32 characters, and the NUL */
	INVITATION_LIST_SIZE = INVITATION_PROJECTS_MAX * ULID_SIZE + 1
};

struct invitation_row {
	char id[ULID_SIZE];
	char name[NAME_SLUG_SIZE];
	char email[NAME_DISPLAY_SIZE];
	int64_t version, modified_at;
	char role[ROLE_SIZE];
	char projects[INVITATION_PROJECTS_SIZE]; /* JSON */
	char delivery[5];
	char state[9];
	char mail_state[7];
	char failed_reason[201];
	int64_t expires_at;
	char invited_by[INVITATION_INVITED_BY_SIZE]; /* JSON */
	char accepted_by[ULID_SIZE];
	char organization
	    [INVITATION_INVITED_BY_SIZE]; /* JSON, for the invited */
	/* facts */
	bool is_inviter; /* the caller: an admin, there or of a project there */
	bool is_shown;   /* to the caller */
	bool may_give;   /* the caller may give all that it gives */
	int64_t now, sent_at, life;
	char member_id[ULID_SIZE];  /* of the address, in the organization */
	char pending_id[ULID_SIZE]; /* another one of the address */
	int64_t users, invited, limit_users, licence_ends_at;
	bool licence_is_revoked;
	int64_t mails_wait; /* seconds until one may be sent; 0: now */
	int64_t projects_there, projects_own;    /* of those that are named */
	char caller[INVITATION_INVITED_BY_SIZE]; /* JSON, as invited_by */
	/* of a write */
	char email_key[NAME_KEY_SIZE];
	/* id and a small letter for the role, one behind the other */
	char list[INVITATION_LIST_SIZE];
	int64_t list_count;
	bool is_admin;                  /* the caller, of the organization */
	int64_t gives_all;              /* the same as a number */
	int64_t takes_seat;             /* one that it has not yet */
	char invited_by_key[ULID_SIZE]; /* the service key that invites */
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char mail_id[ULID_SIZE]; /* in the outbox; empty: no mail */
	int64_t is_uncounted;    /* the caller's mails have no limit */
	char link[512];          /* in the one answer; nowhere else */
	char detail[501];
};

struct invitation_create {
	const char *email, *role, *delivery;
	int64_t expires_in; /* seconds */
	/* what follows from them, and from `projects` */
	struct name address;
	char list[INVITATION_LIST_SIZE];
	const char *list_text;
	int64_t list_count;
};
struct invitation_resend {
	const char *delivery;
};

extern const struct resource invitation_resource, invitation_own_resource;
extern const struct field_table invitation_place, invitation_create_table,
    invitation_resend_table;
extern const struct invitation_create invitation_create_default;

/* One by its id; what a new one depends on, where the context is a project. */
extern const struct statement invitation_get, invitation_find_current;
/* Its first step; of the last one there is nothing else to ask. */
extern const struct statement invitation_keep_place,
    invitation_keep_given_place, invitation_keep_given;
/* Steps of one with a `mail_id`; of others they do nothing. */
extern const struct statement invitation_drop_mail, invitation_enter_mail,
    invitation_projects_there;
extern const struct plan invitation_create_plan, invitation_resend_plan,
    invitation_revoke_plan;
/* The same without a caller: of who is to invite, of who has invited. */
extern const struct statement invitation_find_place_for_tool,
    invitation_find_for_tool;

/* Makes a token of an id and 160 random bits. */
void invitation_make_token(const char *id, char token[INVITATION_TOKEN_SIZE],
    unsigned char digest[CRYPTO_SHA256_SIZE]);

/* The address of a body; the address and the projects. */
enum err invitation_read_address(
    struct invitation_create *body, struct fault *fault);
enum err invitation_complete(struct arena *mem, struct json_source source,
    void *body, struct fault *fault);

/* Whether the caller invites at all; of one, whether it is shown. */
enum err invitation_judge_inviter(struct call *call, const void *row);
enum err invitation_judge(struct call *call, const void *row);
/* The same; and the caller may give what it gives. */
enum err invitation_judge_change(struct call *call, const void *row);

/* The operation of a caller who adds without asking, or NULL: an invitation. */
const struct operation *invitation_instead(struct call *call);
extern const struct operation invitation_direct;
extern const struct statement *const invitation_direct_statements[];

enum err invitation_make_new(struct call *call, void *row);
enum err invitation_make_resent(struct call *call, void *row);
enum err invitation_make_revoked(struct call *call, void *row);

#endif
