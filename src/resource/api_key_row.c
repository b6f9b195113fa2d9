#include <string.h>

#include "api/call.h"
#include "base/text.h"
#include "edge/name.h"
#include "model/key_text.h"
#include "resource/api_key.h"
#include "store/api_key.h"
#include "store/key_limit.h"

enum { GENERATIONS_MAX = 8 }; /* keys that made each other */

#define EXPIRING INT64_C(604800000) /* before the end, ms */
#define NOT_SAID API_KEY_NOT_SAID

/* --- judge ---------------------------------------------------------------- */

bool api_key_is_service(const struct api_key_row *key)
{
	return strcmp(key->owner, API_KEY_ORGANIZATION) == 0;
}

static bool is_own(const struct call *call, const struct api_key_row *key)
{
	return strcmp(key->owner, call->asker.caller.user_id) == 0;
}

/*
 * One's own within the bounds of the credential, unless its organization is
 * deleted; an admin all of the place.
 */
static bool may_see(const struct call *call, const struct api_key_row *key)
{
	const struct caller *caller = &call->asker.caller;
	const char *bound = caller->key_organization_id;

	if (key->id[0] == '\0' ||
	    (caller->key_project_id[0] != '\0' &&
		strcmp(caller->key_project_id, key->project_id) != 0))
		return false;
	if (is_own(call, key) && key->organization_id[0] != '\0' &&
	    caller->organization_id[0] == '\0')
		return false;
	if (is_own(call, key))
		return *bound == '\0' ||
		    strcmp(bound, key->organization_id) == 0;
	return caller_is_admin(caller);
}

enum err api_key_judge_seen(struct call *call, const void *row)
{
	if (may_see(call, row))
		return ERR_NONE;
	return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE, CAUSE_MEMBERSHIP,
	    "there is no API key of that id for this credential:"
	    " GET /v1/api-keys lists those it may see");
}

enum err api_key_judge_maker(struct call *call, const void *row)
{
	(void)row;
	if (!caller_is_service(&call->asker.caller))
		return ERR_NONE;
	return call_refuse(call, CAUSE_RESTRICTED, "user-credential",
	    "a service key makes no API keys: use the credential of a member");
}

/* As a credential, a key reaches few others. */
static enum err judge_reach(struct call *call, const struct api_key_row *key)
{
	const char *own = call->asker.caller.key_id;

	if (*own == '\0' || strcmp(own, key->id) == 0 ||
	    strcmp(own, key->made_by) == 0)
		return ERR_NONE;
	return call_refuse(call, CAUSE_RESTRICTED, "person",
	    "an API key changes only itself and what it has made: use"
	    " login and password");
}

enum err api_key_judge(struct call *call, const void *row)
{
	enum err err = api_key_judge_seen(call, row);

	/* a service key is in the hands of every admin */
	return err || api_key_is_service(row) ? err : judge_reach(call, row);
}

enum err api_key_judge_rotation(struct call *call, const void *row)
{
	enum err err;

	if ((err = api_key_judge_seen(call, row)) ||
	    (err = judge_reach(call, row)))
		return err;
	if (api_key_is_service(row) || is_own(call, row))
		return ERR_NONE;
	return call_refuse(call, CAUSE_ROLE, "owner",
	    "only its user rotates a personal API key: delete it instead");
}

bool api_key_guards(const struct call *call, const void *old, const void *row,
    struct admin_guard *guard)
{
	const struct api_key_row *was = old, *is = row;

	(void)call;
	if (api_key_is_service(was))
		return false;
	guard->user_id = was->owner;
	guard->is_system_admin = was->owner_is_system_admin;
	if (was->organization_id[0] != '\0') {
		guard->organization_id = was->organization_id;
		guard->is_locked = true;
	}
	return was->expires_at == 0 && was->project_id[0] == '\0' &&
	    (was->role[0] == '\0' || strcmp(was->role, "admin") == 0) &&
	    (is->expires_at != 0 || is->is_revoked);
}

/* --- make ----------------------------------------------------------------- */

static enum err refuse_field(struct call *call, const char *why)
{
	return fault_set(&call->rq->fault, ERR_BAD_FIELD, "%s", why);
}

static enum err refuse_wider(struct call *call, const char *why)
{
	return call_refuse(call, CAUSE_RESTRICTED, "wider-key", why);
}

static void set_state(struct api_key_row *key)
{
	const char *state = "active";

	if (strcmp(key->state, "rotated") == 0)
		return;
	if (key->expires_at != 0 && key->expires_at <= key->now)
		state = "expired";
	else if (key->expires_at != 0 && key->expires_at <= key->now + EXPIRING)
		state = "expiring";
	text_set(key->state, sizeof(key->state), state);
}

static void set_detail(
    struct call *call, struct api_key_row *key, const char *word)
{
	text_set(key->detail, sizeof(key->detail),
	    api_key_is_service(key)
		? arena_print(call->rq->mem, "%s the organization", word)
		: arena_print(call->rq->mem, "%s user %s", word, key->owner));
}

/* Id, secret, and what follows from them. */
static void make_key(struct call *call, struct api_key_row *key)
{
	struct api_key made = { .id = "" };
	const char *user = call->asker.caller.user_id;
	size_t length;

	api_key_make(&made,
	    api_key_is_service(key) ? KEY_TEXT_SERVICE : KEY_TEXT_PERSONAL);
	length = strlen(made.text);
	ulid_make(&call->st->ids, (uint64_t)call->st->now, key->id);
	name_slug_of_id(key->id, key->name);
	text_set(key->key, sizeof(key->key), made.text);
	text_set(key->hint, sizeof(key->hint), made.text + length - 4);
	crypto_sha256(made.text, length, key->digest);
	crypto_wipe(&made, sizeof(made));
	/* one that replaces itself has no user to name */
	if (*user != '\0')
		text_set(key->created_by, sizeof(key->created_by), user);
	key->manage = key->can_manage;
	key->created_at = key->modified_at = call->st->now;
	set_state(key);
}

/* The role, and the project: neither more than the caller has. */
static enum err set_bounds(struct call *call, const struct api_key_create *body,
    struct api_key_row *key)
{
	struct caller there = call->asker.caller;
	const char *role = body->role != NULL ? body->role
	    : api_key_is_service(key)         ? "user"
					      : there.key_role;
	bool has_project = body->project_id != NULL ||
	    there.key_project_id[0] != '\0';

	memcpy(there.project_id, key->project_id, sizeof(there.project_id));
	memcpy(there.project_organization_id, there.organization_id,
	    sizeof(there.project_organization_id));
	memcpy(
	    there.project_role, key->project_role, sizeof(there.project_role));
	if (has_project &&
	    (key->project_id[0] == '\0' || !caller_may_give(&there, "")))
		return fault_refuse(&call->rq->fault, ERR_NO_RESOURCE,
		    CAUSE_MEMBERSHIP,
		    "projectId names no project of the organization that this"
		    " credential may use");
	/* a key is never more than its user: what is taken over is no rise */
	if (body->role != NULL && !caller_may_give(&there, role))
		return refuse_wider(call,
		    "role is above the role that this credential has there");
	/* the lock asks whether the role in the project is as read */
	if (has_project)
		call->asker.caller = there;
	text_set(key->role, sizeof(key->role), role);
	text_set(key->organization_id, sizeof(key->organization_id),
	    there.organization_id);
	return ERR_NONE;
}

/* Not after the end of the key that makes it. */
static enum err set_end(
    struct call *call, int64_t expires_in, struct api_key_row *key)
{
	int64_t latest = key->maker_ends_at;

	key->expires_at = latest;
	if (expires_in == NOT_SAID)
		return ERR_NONE;
	key->expires_at = key->now + expires_in * 1000;
	if (latest != 0 && key->expires_at > latest)
		return refuse_wider(call,
		    "expiresIn ends after the API key that makes this one");
	return ERR_NONE;
}

static bool is_life(int64_t expires_in)
{
	return expires_in == NOT_SAID ||
	    (expires_in > 0 && expires_in <= API_KEY_LIFE_MAX);
}

#define LIFE_TEXT "expiresIn must be from 1 to 315360000 seconds"

static enum err set_owner(struct call *call, const struct api_key_create *body,
    struct api_key_row *key)
{
	const struct caller *caller = &call->asker.caller;
	const char *owner = body->owner != NULL ? body->owner : "me";
	bool is_service = strcmp(owner, API_KEY_ORGANIZATION) == 0;

	if (!is_service && strcmp(owner, "me") != 0)
		return refuse_field(call, "owner must be me or organization");
	if (!is_service && body->manage)
		return refuse_field(
		    call, "manage is not for personal API keys");
	if (is_service && !caller_is_admin(caller))
		return call_refuse(call, CAUSE_ROLE, "admin",
		    "a key that belongs to the organization needs an admin of"
		    " it, and a key without a lower role");
	text_set(key->owner, sizeof(key->owner),
	    is_service ? API_KEY_ORGANIZATION : caller->user_id);
	key->can_manage = body->manage;
	return ERR_NONE;
}

enum err api_key_make_new(struct call *call, void *row)
{
	const struct api_key_create *body = call->body;
	const struct caller *caller = &call->asker.caller;
	struct api_key_row *key = row;
	enum err err;

	if (body->role != NULL && !role_is_of_project(body->role))
		return refuse_field(call, "role must be admin, user or viewer");
	if (!is_life(body->expires_in))
		return refuse_field(call, LIFE_TEXT);
	if ((err = set_owner(call, body, key)) ||
	    (err = set_bounds(call, body, key)) ||
	    (err = set_end(call, body->expires_in, key)))
		return err;
	if (caller->key_id[0] != '\0' && ++key->generation > GENERATIONS_MAX)
		return refuse_wider(call,
		    "too many API keys have made each other: use login and"
		    " password");
	text_set(key->made_by, sizeof(key->made_by), caller->key_id);
	text_set(key->description, sizeof(key->description),
	    body->description.display);
	make_key(call, key);
	set_detail(call, key, "for");
	return ERR_NONE;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a != 0 && a < b ? a : b;
}

enum err api_key_make_next(struct call *call, void *row)
{
	const struct api_key_rotate *body = call->body;
	struct api_key_row *key = row;
	int64_t end = key->expires_at;

	if (body->overlap > API_KEY_OVERLAP_MAX)
		return refuse_field(
		    call, "overlap must be from 0 to 604800 seconds");
	if (strcmp(key->state, "rotated") == 0 ||
	    strcmp(key->state, "expired") == 0)
		return ERR_ROTATED;
	key->overlap = body->overlap;
	key->old_ends_at = earlier(
	    key->expires_at, key->now + body->overlap * 1000);
	/* without an overlap nothing was handed over: it ends now */
	key->made_ends_at = key->old_ends_at;
	/* as long again, but for a key whose end was brought forward */
	if (end != 0 && key->shortened_at == 0)
		end = key->now + end - key->created_at;
	key->expires_at = end != 0 ? earlier(key->maker_ends_at, end)
				   : key->maker_ends_at;
	make_key(call, key);
	set_detail(call, key, "for");
	return ERR_NONE;
}

enum err api_key_make_changed(struct call *call, void *row)
{
	const struct api_key_change *body = call->body;
	struct api_key_row *key = row;
	int64_t end = key->now + body->expires_in * 1000;

	if (!is_life(body->expires_in))
		return refuse_field(call, LIFE_TEXT);
	if (body->expires_in != NOT_SAID) {
		if (key->expires_at != 0 && end > key->expires_at)
			return refuse_field(call,
			    "expiresIn may only make the life shorter: rotate"
			    " the key, or make another one");
		key->expires_at = end;
		key->shortened_at = key->now;
		key->made_ends_at = end;
		set_state(key);
		set_detail(call, key, "of");
	}
	if (body->description.display[0] != '\0' &&
	    strcmp(body->description.display, key->description) != 0) {
		text_set(key->description, sizeof(key->description),
		    body->description.display);
		set_detail(call, key, "of");
	}
	return ERR_NONE;
}

enum err api_key_make_revoked(struct call *call, void *row)
{
	struct api_key_row *key = row;

	key->is_revoked = true;
	set_detail(call, key, "of");
	return ERR_NONE;
}

enum err api_key_explain(struct call *call, const void *row, enum err err)
{
	const struct api_key_row *made = row;
	const struct key_place place = {
		.organization_id = call->asker.caller.organization_id,
		.user_id = api_key_is_service(row) ? NULL : made->owner,
		.project_id = made->project_id[0] == '\0' ? NULL
							  : made->project_id,
	};

	return err == ERR_KEY_LIMIT
	    ? key_limit_refuse(call->st, &place,
		  "delete one first, at /v1/api-keys/{id}", &call->rq->fault)
	    : err;
}
