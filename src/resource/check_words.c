#include "resource/check_words.h"

#include "model/domain.h"

static const struct field body_fields[] = {
	{ .member = "credential",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct check_body, credential),
	    .says = "The API key that the application was given.",
	    .example = "tny_uYc7Hq2Lr9Tz4Wm6Kx1Vb3Nd8Pf5Gs0Jk" },
	{ .member = "need",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED | FIELD_STRICT,
	    FIELD_AT(struct check_body, need),
	    .domain = &domain_project_role,
	    .says = "The role that is needed: in the organization `user` or"
		    " `admin`, with `project` also `viewer`.",
	    .example = "user" },
	{ .member = "project",
	    .type = FIELD_STRING,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct check_body, project),
	    .domain = &domain_id,
	    .says = "The id of the project in which the role is needed.",
	    .example = "01JD8C2W6HZ0B5QK9MTXV3RN4F" },
};
const struct field_table check_body_table = FIELD_TABLE(body_fields);

static const struct domain check_reason = {
	.name = "CheckReason",
	.words = "ok|role|project|expired|rotated|disabled|license|unknown",
};

/* no enum: generators make none that has null in it */
#define ROLE "'type':['string','null'],'description':'`admin`, `user`, `viewer`"
#define COUNTS \
	"'type':'object','required':['projects','users'],'properties':" \
	"{'projects':{'type':'integer','format':'int64','minimum':0}," \
	"'users':{'type':'integer','format':'int64','minimum':0}}"

static const struct describe_answer answer = {
	.status = 200,
	.schema = "Check",
	.text =
	    "{'type':'object','required':['allowed','reason'],'description':"
	    "'Where `reason` is `unknown`, the other members are left out.',"
	    "'properties':{'allowed':{'type':'boolean'},"
	    "'reason':#CheckReason,"
	    "'user':{'type':'string','description':'The id of the user; left"
	    " out for a service key.'},"
	    "'key':{'type':'string','description':'The id of the API key; left"
	    " out for a password.'},"
	    "'organization':{'type':'string','description':'Its id.'},"
	    "'role':{" ROLE " in the organization; null: none.'},"
	    "'projectRole':{" ROLE " in the project; null: none, or no project"
	    " was named.'},"
	    "'license':{'type':'object','required':['licenseType','state'],"
	    "'properties':{'licenseType':{'type':'string'},"
	    "'state':{'type':'string','enum':['active','expiring','grace',"
	    "'expired','revoked','over_limit']},"
	    "'limits':{" COUNTS ",'description':'0: no limit.'},"
	    "'usage':{" COUNTS "}}}}}",
	.example =
	    "{'allowed':true,'reason':'ok','user':'01JD8A6TQ4C0XK9V3MZ7HBW5RN',"
	    "'key':'01JD9F3X7PB6T2WQ8KNV5MZ4RC','organization':"
	    "'01JD7Q4M8K3ZT5W9XBVN2RC6HY','role':'user','projectRole':null,"
	    "'license':{'licenseType':'growth','state':'active','limits':"
	    "{'projects':3,'users':0},'usage':{'projects':2,'users':5}}}",
	.token = "The answer as a JSON Web Token of 5 minutes: `typ`"
		 " `check+jwt`, `aud` the organization, `sub` the user or the"
		 " service key, `need`, `project`, `allowed`, `reason`. Its key"
		 " is in `/.well-known/jwks.json`.",
	.uses = { &check_reason },
};

#define REASONS \
	" `role`: the role is too low. `project`: the project is not one of" \
	" the organization, or outside the bounds of the key. `license`: the" \
	" license has ended, and its grace, too."

const struct describe check_key_words = {
	.tag = "Checks",
	.summary = "Ask what an API key may do",
	.says = "For an application that is given API keys of this"
		" organization: by a service key of any role, or by an admin."
		" An API key that is not bound to an organization counts in"
		" each one of its user. One that is not there and one of"
		" another organization are `unknown` alike." REASONS
		" A service key that is bound to a project asks about that"
		" project. Idempotency-Key and If-Match mean nothing here.",
	.answer = "Whether the holder of the key may do it, and why not.",
	.body = "CheckKey",
	.body_says = "The API key, and what is needed.",
	BODIES({ "organization", "credential need" },
	    { "project", "credential need=viewer project" }),
	.function = &answer,
};

const struct describe check_own_words = {
	.tag = "Checks",
	.summary = "Ask what the caller may do",
	.says = "The same for the credential of the request. `limits` and"
		" `usage` are for admins." REASONS,
	.answer = "Whether the caller may do it, and why not.",
	.function = &answer,
};
