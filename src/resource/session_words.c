/*
 * What the description of the API says of sessions.
 */
#include "model/domain.h"
#include "resource/session.h"

static const struct describe_answer nothing = { .status = 204 };

#define SESSION \
	.schema = "Session", \
	.text = \
	    "{'type':'object','required':['user','expiresAt','systemAdmin'," \
	    "'features']," \
	    "'properties':{'user':#User," \
	    "'expiresAt':{'type':['string','null'],'format':'date-time'," \
	    "'description':'UTC, in milliseconds: the session ends then at" \
	    " the latest. Null with login and password, which are no" \
	    " session.'},'systemAdmin':{'type':'boolean','description':" \
	    "'Whether the person may use the routes of system" \
	    " administrators.'},'features':{'type':'object','description':" \
	    "'What the service can do.','required':['mail','links','tls'," \
	    "'methodOverride'],'properties':{'mail':{'type':'boolean'}," \
	    "'links':{'type':'boolean'},'tls':{'type':'boolean'}," \
	    "'methodOverride':{'type':'boolean'}}}}}", \
	.example = "{'user':@User,'expiresAt':'2025-11-18T22:02:11.305Z'," \
		   "'systemAdmin':false," \
		   "'features':{'mail':true,'links':false,'tls':true," \
		   "'methodOverride':false}}"

static const struct describe_answer created = { .status = 201, SESSION };
static const struct describe_answer shown = { .status = 200, SESSION };

const struct describe session_create_words = {
	.tag = "Sessions",
	.summary = "Sign in",
	.says =
	    "For browsers. The answer sets a cookie that is no script's to"
	    " read; its name and path follow from the address of the service."
	    " The request needs `X-Requested-With` (with any value) and the"
	    " type `application/json`. With TLS only, but for loopback: else"
	    " 403 `no-sign-in`. If other people's pages have the same origin,"
	    " 403 `shared-origin`. A user has at most 20 sessions; the oldest"
	    " end. A session ends after 30 minutes without a request, and"
	    " after 8 hours (settings). It does what login and password do,"
	    " but a write with it needs `Content-Type: application/json` and"
	    " `X-Requested-With`, and comes from this origin: else 403"
	    " `cross-site`. What is marked so wants a password of the last 10"
	    " minutes: 403 `step-up`.",
	.answer = "The session has begun; the cookie is in Set-Cookie.",
	.body = "SignIn",
	.body_says = "Login and password.",
	BODIES({ "address", "login password" }),
	PROBLEMS(ERR_UNAUTHENTICATED, ERR_SHARED_ORIGIN, ERR_NO_SIGN_IN,
	    ERR_THROTTLED),
	.function = &created,
};

const struct describe session_get_words = {
	.tag = "Sessions",
	.summary = "Look at the session",
	.says = "Whose session it is. Without a session the answer is 401, and"
		" `features` in it says what the service can do.",
	.answer = "The session.",
	.function = &shown,
};

const struct describe session_delete_words = {
	.tag = "Sessions",
	.summary = "Sign out",
	.says = "The session has ended, in every worker at once, and the"
		" answer takes the cookie away. With login and password there"
		" is nothing to end, and it is 204 too.",
	.answer = "The session has ended.",
	.function = &nothing,
};

const struct describe session_confirm_words = {
	.tag = "Sessions",
	.summary = "Give the password again",
	.says = "For what wants a password of the last 10 minutes (403"
		" `step-up`). The session goes on with another token, which"
		" the answer sets as the cookie; the old one is dead. A wrong"
		" password is 401 and counts as one at sign-in.",
	.answer = "The password was given.",
	.body = "Password",
	.body_says = "The password.",
	BODIES({ "password", "password" }),
	.function = &nothing,
};

static const struct describe_answer listed = {
	.status = 200,
	.schema = "Sessions",
	.text =
	    "{'type':'object','required':['sessions'],'properties':{"
	    "'sessions':{'type':'array','items':{'type':'object','required':"
	    "['id','createdAt','lastSeenAt','expiresAt','current'],"
	    "'properties':{'id':#Id,"
	    "'createdAt':{'type':'string','format':'date-time','description':"
	    "'When the person signed in.'},"
	    "'lastSeenAt':{'type':'string','format':'date-time','description':"
	    "'When it was used last, to the minute.'},"
	    "'expiresAt':{'type':'string','format':'date-time','description':"
	    "'When it ends if nobody uses it.'},"
	    "'current':{'type':'boolean','description':"
	    "'Whether it is that of the request.'}}}}}}",
	.example = "{'sessions':[{'id':'01JD7RC4Z8X1K5N2VQ0T6MWBHE',"
		   "'createdAt':'2025-11-18T14:02:11.305Z',"
		   "'lastSeenAt':'2025-11-18T14:07:11.305Z',"
		   "'expiresAt':'2025-11-18T14:37:11.305Z','current':true}]}",
	.uses = { &domain_id },
};

const struct describe sessions_list_words = {
	.tag = "Sessions",
	.summary = "List one's sessions",
	.says = "Those of the caller that are live, ordered by creation.",
	.answer = "The sessions.",
	.function = &listed,
};

static const struct describe_path session_path = {
	"id",
	"SessionId",
	"The id of a session of the caller.",
	&domain_id,
	"01JD7RC4Z8X1K5N2VQ0T6MWBHE",
};

const struct describe sessions_delete_one_words = {
	.tag = "Sessions",
	.summary = "End one of one's sessions",
	.says = "In every worker at once. A session of another person, and one"
		" that has ended, is 404.",
	.answer = "The session has ended.",
	.path = &session_path,
	.function = &nothing,
};

const struct describe sessions_delete_words = {
	.tag = "Sessions",
	.summary = "Sign out everywhere",
	.says = "All sessions of the caller have ended, also that of the"
		" request. API keys stay.",
	.answer = "The sessions have ended.",
	.function = &nothing,
};

const struct describe password_words = {
	.tag = "Users",
	.summary = "Change one's password",
	.says = "For the caller. The other sessions have ended then; the"
		" session of the request goes on, and API keys stay. A wrong"
		" `current` is 401 and counts as one at sign-in. A session"
		" wants its password of the last 10 minutes: 403 `step-up`.",
	.answer = "The password is changed.",
	.body = "ChangePassword",
	.body_says = "The password of now, and the new one.",
	BODIES({ "password", "current new" }),
	.function = &nothing,
};
