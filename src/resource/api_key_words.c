/* What the description of the API says of API keys. */
#include "resource/api_key.h"

const struct describe api_key_list_words = {
	.tag = "API keys",
	.summary = "List API keys",
	.says =
	    "Ordered by creation. An admin of the context's organization gets"
	    " all keys that are bound to it, service keys too, and those of"
	    " the caller; any other member gets their own, bound to this"
	    " organization or to none. No list shows a key itself.",
	.answer = "The keys.",
};
const struct describe api_key_create_words = {
	.tag = "API keys",
	.summary = "Make an API key",
	.says =
	    "Bound to the context's organization; for the caller, if `owner`"
	    " says nothing else. Any member may make personal keys, up to 25"
	    " live ones in an organization and project (409 `key-limit`). A"
	    " key never has more than the role of its user. A `role` above"
	    " the caller's is 403.\n\nA service key (`owner` is"
	    " `organization`) has no user and counts as a member with its own"
	    " role. An admin makes it, up to 25 in the organization and"
	    " project. It stays when that admin leaves. Without `manage` it"
	    " changes no members, invitations, API keys or licenses, does not"
	    " rename or delete the organization, and deletes no project. It"
	    " makes no keys (403).\n\nWhen the credential is an API key, the"
	    " new key is never wider, later or stronger. It takes over the"
	    " role, project and end that the body"
	    " leaves out. A body that asks for more is 403. The new key ends"
	    " with the key that made it.",
	.answer = "The new key. `key` is shown this once.",
	.body = "CreateApiKey",
	.body_says = "The new key.",
	BODIES({ "plain", "description" },
	    { "narrow", "description role projectId expiresIn" }),
	PROBLEMS(ERR_NO_RESOURCE),
};
const struct describe api_key_rotate_words = {
	.tag = "API keys",
	.summary = "Replace an API key by a new one",
	.says =
	    "The new key has the description, role and bounds of the old one."
	    " If the old one has an end, the new one lives as long from now"
	    " on, but not longer than the key that made it. The old one works"
	    " for `overlap` seconds more, at most until its own end, and has"
	    " the state `rotated`. What the old one has made goes over to the"
	    " new one; with `overlap` 0 it ends. A personal key is for its"
	    " user alone, a service key for the organization's admins. An API"
	    " key as credential rotates only itself or what it has made."
	    " A key that was rotated before, or has ended, is 409"
	    " `already-rotated`.",
	.answer = "The new key. `key` is shown this once.",
	.body = "RotateApiKey",
	.body_says =
	    "How long the old key still works; a day, if there is no body.",
	BODIES({ "day", "overlap" }, { "now", "overlap=0" }),
	PROBLEMS(ERR_ROTATED),
};
const struct describe api_key_change_words = {
	.tag = "API keys",
	.summary = "Change an API key",
	.says =
	    "Its description, or an earlier end: a later one is 400. For its"
	    " user and the admins of its organization. An API key as"
	    " credential changes only itself, what it has made, and with the"
	    " rights of an admin service keys. When the key is all that the"
	    " last usable admin has, it gets no end: 409 `last-admin`.",
	.answer = "The key as it is now.",
	.body = "ChangeApiKey",
	.body_says = "What changes.",
	BODIES({ "description", "description" }, { "end", "expiresIn" }),
};
const struct describe api_key_revoke_words = {
	.tag = "API keys",
	.summary = "Revoke an API key",
	.says =
	    "The key, and each key that it has made, is refused from the next"
	    " request on. For its user and the admins of its organization. An"
	    " API key as credential revokes only itself, what it has made, and"
	    " with the rights of an admin service keys. When the key is all"
	    " that the last usable admin has, it stays (409 `last-admin`):"
	    " rotate it with `overlap` 0. A key that was"
	    " revoked before is 204 again.",
	.answer = "The key is revoked.",
};
