#include "model/domain.h"

#include "model/name.h"

#define ULID "[0-9A-HJKMNP-TV-Z]{26}"
#define SLUG "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$"

const struct domain domain_id = {
	.name = "Id",
	.says = "A ULID: 26 characters of Crockford's base32.",
	.pattern = "^" ULID "$",
};
const struct domain domain_ids = {
	.schema = "'type':'array','items':#Id",
	.uses = &domain_id,
};
const struct domain domain_id_or_me = { .pattern = "^(" ULID "|me)$" };
const struct domain domain_id_or_none = { .pattern = "^(" ULID ")?$" };
const struct domain domain_name = {
	.name = "Name",
	.says = "Unique for its kind; made once from the display name, not"
		" changed by a rename.",
	.pattern = SLUG,
	.example = "acme-observability",
};
const struct domain domain_name_or_id = {
	.name = "NameOrId",
	.says = "A name, or a ULID; no name looks like a ULID.",
	.pattern = SLUG,
};
const struct domain domain_display_name = {
	.name = "DisplayName",
	.says = "1 to 100 characters after trimming; no control, invisible or"
		" bidirectional-override characters, but the joiners and"
		" selectors that scripts and emoji use.",
	.example = "Acme Observability",
	.least = 1,
	.most = NAME_POINTS,
};
const struct domain domain_version = {
	.says = "One more with each change.",
	.least = 1,
};
const struct domain domain_address = {
	.pattern = "^[^@\\s]+@[^@\\s]+$",
	.example = "ada@example.org",
	.most = 254,
};
const struct domain domain_address_or_none = {
	.pattern = "^([^@\\s]+@[^@\\s]+)?$",
	.example = "ada@example.org",
	.most = 254,
};
const struct domain domain_address_or_login = {
	.pattern = "^\\S+$",
	.example = "ada@example.org",
	.most = 254,
};
const struct domain domain_organization_role = {
	.words = "admin|user",
	.example = "admin",
};
const struct domain domain_project_role = {
	.words = "admin|user|viewer",
	.example = "viewer",
};
const struct domain domain_licence_type = {
	.name = "LicenseType",
	.says = "Where the key sets no limits: `free` 1 project, `growth` 3,"
		" the others without a limit.",
	.words = "free|growth|enterprise|google|google-enterprise",
	.example = "enterprise",
};
const struct domain domain_licence_key = {
	.name = "LicenseKey",
	.says = "A compact JWS (RFC 7515), signed with Ed25519.",
	.example =
	    "eyJhbGciOiJFZERTQSIsImtpZCI6IjIwMjYtMDEifQ.eyJpc3MiOiJ0ZW5hbnR"
	    "yeSIsImlhdCI6MTc2NDAyODgwMCwianRpIjoiMDFKRDdRMEE1WEo4VzJONlZDSz"
	    "RSVDlaQk0iLCJsaWNlbnNlVHlwZSI6Imdyb3d0aCIsImxpbWl0cyI6eyJwcm9qZ"
	    "WN0cyI6M319.O7Eu2jwpjbXeJVl_VNkk8uF-eKJq2JU-2CGO5oLwu76QIeLzAJ0"
	    "VLJEb8fJexoOpAnFBZnZ6-9jlvQ-wEk7Lig",
	.least = 1,
};
#define LABELS_SCHEMA "'additionalProperties':{'type':'string'}"
const struct domain domain_labels = {
	.schema = "'type':'object','description':'Texts by keys, at most 32; of"
		  " organizations and projects. Empty for other"
		  " resources.'," LABELS_SCHEMA,
};
const struct domain domain_new_labels = {
	.schema = "'type':['object','null'],'description':'All labels from now"
		  " on, at most 32; null or an empty object: none. A key is"
		  " `[prefix/]name` as in Kubernetes, a value has at most 63"
		  " characters.'," LABELS_SCHEMA,
	.example = "{\"env\":\"production\"}",
};
const struct domain domain_true = { .words = "true" };
const struct domain domain_false = { .words = "false" };
