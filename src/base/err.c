#include "base/err.h"

#include <stddef.h>

#define INFO LEVEL_INFO
#define WARN LEVEL_WARN
#define ERROR LEVEL_ERROR

/* No client sees it. */
#define UNSEEN(code_) \
	{ \
		500, code_, "Internal error", ERROR, false, NULL \
	}

static const struct err_info table[] = {
	[ERR_NONE] = { 200, "ok", "OK", INFO, false, NULL },

	[ERR_BAD_REQUEST] = { 400, "bad-request", "Malformed request", INFO,
	    false, "the request line or a header is malformed: correct it" },
	[ERR_BAD_BODY] = { 400, "bad-body", "Body is not acceptable JSON", INFO,
	    false,
	    "the body is not a JSON object in UTF-8 within the limits:"
	    " correct it" },
	[ERR_BAD_FIELD] = { 400, "bad-field", "Invalid member", INFO, false,
	    "a member of the body is missing or has a wrong value: correct"
	    " it" },
	[ERR_BAD_LICENCE] = { 400, "bad-license", "Invalid license key", INFO,
	    false,
	    "the license key failed a check: ask its issuer for another" },
	[ERR_UNAUTHENTICATED] = { 401, "unauthenticated",
	    "Credential missing or wrong", INFO, false,
	    "the credential is missing, wrong, expired or disabled: send a"
	    " valid API key, or a login and its password" },
	[ERR_FORBIDDEN] = { 403, "forbidden", "Not allowed", INFO, false,
	    "the caller's role does not allow this: ask an admin of the"
	    " organization" },
	[ERR_CROSS_SITE] = { 403, "cross-site", "Cross-site request", INFO,
	    false,
	    "a page of another origin sent this with a password or a session,"
	    " or a request with a session came without Content-Type:"
	    " application/json or X-Requested-With: send both, or use an API"
	    " key" },
	[ERR_STEP_UP] = { 403, "step-up", "Password wanted again", INFO, false,
	    "this wants a password that was given in the last 10 minutes:"
	    " send it to POST /v1/session/confirm and repeat the request" },
	[ERR_SHARED_ORIGIN] = { 403, "shared-origin", "Shared origin", INFO,
	    false,
	    "other people's pages have the same origin, so that no session is"
	    " safe from them: use an API key, or let the operator set"
	    " sessions_on_shared_origin = on" },
	[ERR_NO_SIGN_IN] = { 403, "no-sign-in", "No sign-in here", INFO, false,
	    "sessions need TLS: use https, or let the operator set"
	    " public_prefix to the https address of the service" },
	[ERR_NOT_FOR_KEYS] = { 403, "not-for-keys", "Not for API keys", INFO,
	    false,
	    "this is for a person: sign in, or send login and password, in"
	    " place of the API key" },
	[ERR_OTHER_ADDRESS] = { 403, "other-address", "Other address", INFO,
	    false,
	    "the invitation is for another address than that of your"
	    " account, and stays as it is: sign in with the account of that"
	    " address" },
	[ERR_NOT_PROVED] = { 403, "not-proved", "Address not proved", INFO,
	    false,
	    "nobody has proved that the address of your account is yours:"
	    " accept with the token of the invitation" },
	[ERR_LICENCE_EXPIRED] = { 403, "license-expired", "License expired",
	    INFO, false,
	    "the license of the organization has expired, so that nothing"
	    " can be added: install a new license" },
	[ERR_NO_ROUTE] = { 404, "no-route", "No such path", INFO, false,
	    "there is nothing at this path: /v1/openapi.json lists the"
	    " paths" },
	[ERR_NO_RESOURCE] = { 404, "no-resource", "No such resource", INFO,
	    false,
	    "there is no such resource, or the caller may not see it: check"
	    " the id" },
	[ERR_NOT_CREATED] = { 404, "not-created", "Resource was not created",
	    INFO, false,
	    "the resource was not created, since what it belongs to is"
	    " gone; nothing was changed: read that first" },
	[ERR_TOKEN_DEAD] = { 404, "token-dead", "Token does not work", INFO,
	    false,
	    "the token is unknown, used, revoked or expired: ask for another"
	    " invitation" },
	[ERR_METHOD] = { 405, "method-not-allowed", "Method not allowed", INFO,
	    false,
	    "this path does not take the method: the header Allow lists"
	    " those that it takes" },
	[ERR_NOT_ACCEPTABLE] = { 406, "not-acceptable", "Not acceptable", INFO,
	    false,
	    "the answers of this service are JSON: let Accept allow"
	    " application/json" },
	[ERR_BODY_LATE] = { 408, "request-timeout", "Request timeout", INFO,
	    true,
	    "the body did not arrive within the deadline; nothing was"
	    " changed: send the request again on a new connection" },
	[ERR_NAME_IN_USE] = { 409, "name-in-use", "Name in use", INFO, false,
	    "the name is in use: choose another name" },
	[ERR_LIMIT] = { 409, "limit-reached", "License limit reached", INFO,
	    false,
	    "the license does not allow more; the member limits has the"
	    " numbers: remove something or install another license" },
	[ERR_ORGANIZATION_LIMIT] = { 409, "organization-limit",
	    "Too many organizations", INFO, false,
	    "the user has created as many organizations as are allowed;"
	    " nothing was changed: purge one that is deleted, or ask the"
	    " operator of this service" },
	[ERR_LAST_ADMIN] = { 409, "last-admin", "Last administrator", INFO,
	    false,
	    "no administrator who can log in would be left; nothing was"
	    " changed: make another member an admin first" },
	[ERR_LAST_PROJECT] = { 409, "last-project", "Last project", INFO, false,
	    "an organization keeps at least one project; nothing was changed:"
	    " create another one first, or delete the organization" },
	[ERR_NOT_DELETED] = { 409, "not-deleted", "Not deleted", INFO, false,
	    "the organization is not deleted; nothing was changed: delete it"
	    " first" },
	[ERR_NOT_A_MEMBER] = { 409, "not-a-member", "Not a member", INFO, false,
	    "the user is no member of the organization; nothing was changed:"
	    " add the user to the organization first" },
	[ERR_ALREADY_A_MEMBER] = { 409, "already-a-member", "Already a member",
	    INFO, false,
	    "a member of the organization has this address; nothing was"
	    " changed: change the role of that member" },
	[ERR_ALREADY_INVITED] = { 409, "already-invited", "Already invited",
	    INFO, false,
	    "this address has a pending invitation; nothing was changed:"
	    " send that one again, or revoke it first" },
	[ERR_SEAT_LIMIT] = { 409, "seat-limit", "No seat left", INFO, false,
	    "members and pending invitations fill the license; nothing was"
	    " changed: install a larger license, remove a member or revoke"
	    " an invitation" },
	[ERR_INVITATION_LIMIT] = { 409, "invitation-limit",
	    "Too many pending invitations", INFO, false,
	    "the organization has as many pending invitations as are allowed;"
	    " nothing was changed: revoke some, or wait until they expire" },
	[ERR_NOT_PENDING] = { 409, "not-pending", "Invitation has ended", INFO,
	    false,
	    "the invitation was accepted, declined or revoked; nothing was"
	    " changed: invite the address again" },
	[ERR_SIGN_IN] = { 409, "sign-in", "Account exists", INFO, false,
	    "the address of the invitation has an account: accept with its"
	    " login and password" },
	[ERR_MAIL_OFF] = { 409, "mail-off", "No mail here", INFO, false,
	    "this service sends no mail: ask its operator, who can set"
	    " passwords and addresses with tenantryctl" },
	[ERR_KEY_LIMIT] = { 409, "key-limit", "Too many API keys", INFO, false,
	    "the owner has as many live API keys there as are allowed;"
	    " nothing was changed: delete one first" },
	[ERR_ROTATED] = { 409, "already-rotated", "API key already replaced",
	    INFO, false,
	    "another API key has taken the place of this one, or its time is"
	    " over: rotate the one that is in use" },
	[ERR_SECRET_KEY_LIMIT] = { 409, "secret-key-limit",
	    "Too many secret keys", INFO, false,
	    "the project has as many secret keys as are allowed; nothing was"
	    " changed: delete one first" },
	[ERR_DEFAULT_SECRET_KEY] = { 409, "default-secret-key",
	    "Default secret key", INFO, false,
	    "this secret key is the default one of its project; nothing was"
	    " changed: make another one the default first" },
	[ERR_KEY_IN_USE] = { 409, "idempotency-key-in-use",
	    "Idempotency key in use", INFO, true,
	    "a request with this Idempotency-Key is still under way: send"
	    " it again after the seconds of Retry-After" },
	[ERR_CHANGES_GONE] = { 410, "changes-gone", "Changes are gone", INFO,
	    false,
	    "the changes do not go back so far, or the database was put back"
	    " to an earlier state: read what you keep anew, then go on with"
	    " the number in the member next as after" },
	[ERR_LENGTH_REQUIRED] = { 411, "length-required", "Length required",
	    INFO, false, "the request has no Content-Length: send one" },
	[ERR_PRECONDITION] = { 412, "precondition-failed",
	    "Precondition failed", INFO, false,
	    "the resource changed after it was read; nothing was saved:"
	    " read it again and retry with the new ETag" },
	[ERR_TOO_LARGE] = { 413, "too-large", "Body too large", INFO, false,
	    "the body is larger than this service takes: send less" },
	[ERR_MEDIA_TYPE] = { 415, "media-type", "Unsupported media type", INFO,
	    false, "the body is a form or compressed: send plain JSON" },
	[ERR_NO_ACCOUNT] = { 422, "no-account", "Address without an account",
	    INFO, false,
	    "nobody has an account with this address; nothing was changed:"
	    " send create as true to invite the address" },
	[ERR_KEY_REUSED] = { 422, "idempotency-key-reused",
	    "Idempotency key reused", INFO, false,
	    "this Idempotency-Key came with another request before; nothing"
	    " was changed: use a new key for a new request" },
	[ERR_PRECONDITION_REQUIRED] = { 428, "precondition-required",
	    "Precondition required", INFO, false,
	    "this service wants If-Match with each change: read the"
	    " resource and send its ETag" },
	[ERR_THROTTLED] = { 429, "throttled", "Too many attempts", INFO, true,
	    "there were too many attempts: wait for the seconds of"
	    " Retry-After" },
	[ERR_TOO_MANY_KEYS] = { 429, "too-many-idempotency-keys",
	    "Too many idempotency keys", INFO, true,
	    "as many answers as this service keeps are kept for this user;"
	    " nothing was changed: send the request without Idempotency-Key,"
	    " or wait until those of a day ago are gone" },

	[ERR_CLIENT_GONE] = { 499, "client-gone", "Client gone", INFO, false,
	    NULL },

	[ERR_NO_CONTEXT] = { 500, "no-context",
	    "Organization could not be determined", ERROR, false,
	    "the organization could not be determined from the context:"
	    " send X-Organization-ID or X-Bindplane-Account-ID" },
	[ERR_NO_SIGNING_KEY] = { 500, "no-signing-key",
	    "No signing key is configured", ERROR, false,
	    "no signing key is configured, so that no license can be"
	    " issued: bring a license key" },
	[ERR_NO_HEAD_KEY] = { 501, "no-head-key",
	    "No key for heads is configured", ERROR, false,
	    "the setting head_signing_key is not there, so that no head of the"
	    " audit trail can be signed: set it and run tenantryctl init" },
	[ERR_INTERNAL] = { 500, "internal", "Internal error", ERROR, false,
	    "a defect, or an error of the database that is not known:"
	    " report the id in the member instance to the operator" },
	[ERR_UNAVAILABLE] = { 503, "unavailable", "Service unavailable", WARN,
	    true,
	    "no database can serve this request; nothing was changed: retry"
	    " after the seconds of Retry-After" },
	[ERR_SCHEMA] = { 503, "schema-mismatch",
	    "Schema does not fit the program", WARN, true,
	    "the database and the program do not fit; nothing was changed:"
	    " the operator has to update one of them" },
	[ERR_BUSY] = { 503, "busy", "Service busy", WARN, true,
	    "a lock, a statement or a free place took too long; nothing was"
	    " changed: retry after the seconds of Retry-After" },
	[ERR_OUTCOME_UNKNOWN] = { 503, "outcome-unknown", "Outcome unknown",
	    WARN, true,
	    "the connection to the database was lost during COMMIT, so that"
	    " the change may be saved or not: repeat the request with the"
	    " same Idempotency-Key, or read the resource first" },

	[ERR_DUPLICATE] = UNSEEN("duplicate"),
	[ERR_REFERENCE] = UNSEEN("reference"),
	[ERR_STALE] = UNSEEN("stale"),
	[ERR_UNCHANGED] = UNSEEN("unchanged"),
	[ERR_REPEATED] = UNSEEN("repeated"),
	[ERR_CONFLICT] = UNSEEN("conflict"),
	[ERR_LOST] = UNSEEN("lost"),
};

_Static_assert(
    sizeof(table) / sizeof(table[0]) == ERR_COUNT, "every error has its row");

const struct err_info *err_info(enum err code)
{
	/* Through unsigned, since an enum may hold any int. */
	return &table[(unsigned)code < ERR_COUNT ? code : ERR_INTERNAL];
}

const char *err_detail(enum err code)
{
	const char *detail = err_info(code)->detail;

	return detail != NULL ? detail : table[ERR_INTERNAL].detail;
}
