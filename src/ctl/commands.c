#include "ctl/commands.h"

#define BIT(option_) (1U << OPTION_##option_)

#define WHO .one_of = BIT(EMAIL) | BIT(LOGIN)

const struct option_row option_rows[OPTION_COUNT] = {
	[OPTION_CONF] = { "conf", "FILE" },
	[OPTION_HELP] = { "help", NULL },
	[OPTION_VERSION] = { "version", NULL },
	[OPTION_EMAIL] = { "email", "E" },
	[OPTION_LOGIN] = { "login", "L" },
	[OPTION_TO] = { "to", "E" },
	[OPTION_NAME] = { "name", "N" },
	[OPTION_SYSTEM_ADMIN] = { "system-admin", NULL },
	[OPTION_TYPE] = { "type", "T" },
	[OPTION_PROJECTS] = { "projects", "N" },
	[OPTION_USERS] = { "users", "N" },
	[OPTION_EXPIRES] = { "expires", "RFC3339" },
	[OPTION_EXPIRES_IN] = { "expires-in", "SECONDS" },
	[OPTION_OVERLAP] = { "overlap", "SECONDS" },
	[OPTION_FIRST] = { "first", "N" },
	[OPTION_LABELS] = { "labels", "JSON" },
	[OPTION_ORG] = { "org", "ID" },
	[OPTION_USER] = { "user", "E" },
	[OPTION_OWNER] = { "owner", "O" },
	[OPTION_PROJECT] = { "project", "ID" },
	[OPTION_ROLE] = { "role", "R" },
	[OPTION_MANAGE] = { "manage", NULL },
	[OPTION_FORCE] = { "force", NULL },
	[OPTION_DEEP] = { "deep", NULL },
	[OPTION_KEYS] = { "keys", NULL },
	[OPTION_NOW] = { "now", NULL },
	[OPTION_HEAD] = { "head", "FILE" },
	[OPTION_LIMIT] = { "limit", "N" },
	[OPTION_TRUSTED] = { "trusted", NULL },
	[OPTION_DRY_RUN] = { "dry-run", NULL },
	[OPTION_JSON] = { "json", NULL },
};

const struct command commands[] = {
	{ NULL, "init", run_init, .migrates = true, .any_schema = true,
	    .allows = BIT(JSON),
	    .help = "Applies the schema, makes the licence signing key if it is"
		    " missing, and if\nthere are no users the system"
		    " administrator admin@localhost, whose login=,\npassword="
		    " and key= are printed.  Harmless when run again.\n" },
	{ NULL, "migrate", run_migrate, .migrates = true, .any_schema = true,
	    .help = "Applies what is missing of the schema, with the migration"
		    " account.\n" },
	{ NULL, "check", run_check, .migrates = true, .any_schema = true,
	    .allows = BIT(DEEP),
	    .help = "Compares the database's schema with this program: its"
		    " version, and every\nstatement, which is prepared but not"
		    " run.  With --deep all rows are read, and\nwhat must be"
		    " true of them and is not is told.\n" },
	{ NULL, "doctor", run_doctor, .any_schema = true,
	    .help = "Looks at the files of the program and at the database, and"
		    " says what is not as\nit should be and what to do.  The"
		    " exit status is 1 if a line begins with fail.\n" },
	{ NULL, "metrics", run_metrics, .allows = BIT(JSON),
	    .help = "Prints the counters of this host, as GET /metrics has"
		    " them.\n" },
	{ NULL, "purge", run_purge, .allows = BIT(ORG) | BIT(NOW) | BIT(JSON),
	    .help =
		"Removes what is left of the deleted organizations, or of"
		" one, whose days are over.\nWith --now also of those that"
		" could still be restored.  One that is purged already\nis"
		" no error.  Without --org also API keys and invitations that"
		" ended 90 days ago,\nthe addresses of invitations that ended"
		" 30 days ago, sessions that ended 7 days\nago, security"
		" events of 90 days ago, and if audit_days is set, audit"
		" events that\nare older.\n" },
	{ NULL, "export", run_export, .needs = BIT(ORG),
	    .help = "Prints an organization with its projects, members, roles,"
		    " invitations and API keys\nas JSON, a line each, and at"
		    " last the SHA-256 of the lines.  No key, token or\ndigest"
		    " is in it.\n" },
	{ NULL, "import", run_import, .needs = BIT(USER),
	    .allows = BIT(TRUSTED) | BIT(DRY_RUN) | BIT(JSON),
	    .operand = "FILE",
	    .help = "Makes the organization of a file that export has written,"
		    " with its ids, names and\nlabels, in one transaction, and"
		    " with a free licence.  --user becomes its admin.\nThe"
		    " others are invited; send each invitation again to get its"
		    " link.  With\n--trusted those who have an account here are"
		    " members at once.  With --dry-run\nnothing is kept.\n" },
	{ NULL, "import-members", run_import_members,
	    .needs = BIT(ORG) | BIT(USER), .allows = BIT(DRY_RUN) | BIT(JSON),
	    .operand = "FILE",
	    .help = "Invites the people of a CSV file, name, address and role"
		    " (admin or user) in a row,\nin the name of --user, and"
		    " prints each address with its link.  Nobody is invited"
		    "\nif a row is wrong.  With --dry-run nobody is invited at"
		    " all.\n" },
	{ "audit", "list", run_audit_list, .needs = BIT(ORG),
	    .allows = BIT(JSON),
	    .help = "Lists the audit trail of an organization, the oldest row"
		    " first.\n" },
	{ "audit", "verify", run_audit_verify,
	    .allows = BIT(ORG) | BIT(HEAD) | BIT(JSON),
	    .help = "Verifies the chain of an organization, or all of them, and"
		    " prints each row that was\nchanged, removed, moved or put"
		    " in.  With --head against a signed head that was kept"
		    "\nelsewhere.  The exit status is 1 if something is"
		    " wrong.\n" },
	{ "audit", "export", run_audit_export, .needs = BIT(ORG),
	    .help = "Prints the rows of a chain as JSON, a line each, and at"
		    " last its signed head, if\nhead_signing_key is set.\n" },
	{ "audit", "head", run_audit_head, .needs = BIT(ORG),
	    .help = "Prints the newest place of a chain as a signed token: keep"
		    " it where nobody who can\nwrite to the database can write"
		    ".\n" },
	{ "user", "add", run_user_add, WHO,
	    .allows = BIT(NAME) | BIT(SYSTEM_ADMIN) | BIT(JSON),
	    .migrates_with = BIT(SYSTEM_ADMIN),
	    .help = "Makes a user without a password and prints an API key of"
		    " the user alone on the\nlast line.  A login has no @ and"
		    " no address: 1 to 64 of the characters A-Z a-z\n0-9 . _ -"
		    "  Without --name the name is the login, or what is before"
		    " the @.\n" },
	{ "user", "list", run_user_list, .allows = BIT(JSON),
	    .help = "Lists all users, the oldest first.\n" },
	{ "user", "password", run_user_password, WHO,
	    .help = "Sets the password of a user to the first line of standard"
		    " input.\n" },
	{ "user", "email", run_user_email, WHO, .needs = BIT(TO),
	    .allows = BIT(JSON),
	    .help = "Gives the user the e-mail address of --to.  From now on"
		    " that is the login.\n" },
	{ "user", "disable", run_user_disable, WHO,
	    .allows = BIT(FORCE) | BIT(JSON),
	    .help = "From now on every credential of the user is refused.  The"
		    " last usable admin of\nan organization and the last usable"
		    " system administrator are not disabled\nwithout"
		    " --force.\n" },
	{ "user", "enable", run_user_enable, WHO, .allows = BIT(JSON),
	    .help = "The credentials of a disabled user are valid again.\n" },
	{ "user", "erase", run_user_erase, WHO,
	    .allows = BIT(FORCE) | BIT(JSON),
	    .help = "Removes what there is of the user: memberships, API keys,"
		    " sessions, invitations,\nname, address and password.  The"
		    " id stays, for the audit trail.  This cannot be\nundone."
		    "  The last usable admin of an organization and the last"
		    " usable system\nadministrator are not erased without"
		    " --force.  Run it again if it was stopped.\n" },
	{ "org", "list", run_org_list, .allows = BIT(JSON),
	    .help = "Lists all organizations, the oldest first, also those that"
		    " are deleted and not\nyet purged.\n" },
	{ "org", "show", run_org_show, .allows = BIT(JSON), .operand = "ID",
	    .help = "Shows an organization by its id or its slug: its licence"
		    " and what it uses of\nthat.  A limit of 0 is none.\n" },
	{ "org", "create", run_org_create, .needs = BIT(USER) | BIT(NAME),
	    .allows = BIT(FIRST) | BIT(TYPE) | BIT(JSON),
	    .help = "Makes an organization with a first project, which is"
		    " called Default without --first,\nand a licence of a type,"
		    " free without --type, and prints its id.  --user becomes"
		    " its\nadmin and is said to have created it.\n" },
	{ "org", "rename", run_org_rename, .needs = BIT(NAME),
	    .allows = BIT(JSON), .operand = "ID",
	    .help = "Gives an organization another name to show.  Its slug"
		    " stays.\n" },
	{ "org", "label", run_org_label, .needs = BIT(LABELS),
	    .allows = BIT(JSON), .operand = "ID",
	    .help = "Puts labels in the place of those that an organization"
		    " has: a JSON object such as\n'{\"team\": \"ops\"}'; {}"
		    " takes all away.\n" },
	{ "org", "delete", run_org_delete, .allows = BIT(JSON), .operand = "ID",
	    .help = "Deletes an organization: nobody sees it from now on, and"
		    " the API keys that are bound\nto it do not work.  For"
		    " restore_days it can be restored.\n" },
	{ "org", "restore", run_org_restore, .allows = BIT(KEYS) | BIT(JSON),
	    .operand = "ID",
	    .help = "Restores a deleted organization with its members and their"
		    " roles, and with --keys\nwith the API keys that are bound"
		    " to it.  What does not come back is said.\n" },
	{ "project", "list", run_project_list, .needs = BIT(ORG),
	    .allows = BIT(JSON),
	    .help = "Lists the projects of an organization, the oldest"
		    " first.\n" },
	{ "project", "show", run_project_show, .allows = BIT(JSON),
	    .operand = "ID", .help = "Shows a project.\n" },
	{ "project", "create", run_project_create,
	    .needs = BIT(ORG) | BIT(NAME), .allows = BIT(LABELS) | BIT(JSON),
	    .help = "Makes a project in an organization, as far as its licence"
		    " allows.  The admins of\nthe organization may use"
		    " it.\n" },
	{ "project", "rename", run_project_rename, .needs = BIT(NAME),
	    .allows = BIT(JSON), .operand = "ID",
	    .help = "Gives a project another name to show.  Its slug"
		    " stays.\n" },
	{ "project", "label", run_project_label, .needs = BIT(LABELS),
	    .allows = BIT(JSON), .operand = "ID",
	    .help = "Puts labels in the place of those that a project has: see"
		    " org label.\n" },
	{ "project", "delete", run_project_delete, .allows = BIT(JSON),
	    .operand = "ID",
	    .help = "Deletes a project with its roles and the API keys that are"
		    " bound to it.  This cannot\nbe undone.  The last project"
		    " of an organization stays.\n" },
	{ "secret-key", "list", run_secret_key_list, .needs = BIT(PROJECT),
	    .allows = BIT(JSON),
	    .help = "Lists the secret keys of a project: this prints"
		    " secrets.\n" },
	{ "secret-key", "create", run_secret_key_create, .needs = BIT(PROJECT),
	    .allows = BIT(JSON),
	    .help = "Makes a secret key beside those that a project has, and"
		    " prints it alone on the last\nline.\n" },
	{ "secret-key", "default", run_secret_key_default,
	    .needs = BIT(PROJECT), .allows = BIT(JSON), .operand = "KEY",
	    .help = "Makes a secret key the one that the project shows as its"
		    " own.  With - for the key it\nis the first line of"
		    " standard input.\n" },
	{ "secret-key", "name", run_secret_key_name,
	    .needs = BIT(PROJECT) | BIT(NAME), .allows = BIT(JSON),
	    .operand = "KEY",
	    .help = "Names a secret key.  With - for the key it is the first"
		    " line of standard input.\n" },
	{ "secret-key", "delete", run_secret_key_delete, .needs = BIT(PROJECT),
	    .allows = BIT(JSON), .operand = "KEY",
	    .help = "Deletes a secret key that is not the default one.  With -"
		    " for the key it is the first\nline of standard"
		    " input.\n" },
	{ "member", "list", run_member_list, .one_of = BIT(ORG) | BIT(PROJECT),
	    .allows = BIT(JSON),
	    .help = "Lists the members of an organization, or those who have a"
		    " role in a project.\n" },
	{ "member", "add", run_member_add, .needs = BIT(USER) | BIT(ROLE),
	    .one_of = BIT(ORG) | BIT(PROJECT), .allows = BIT(JSON),
	    .help = "Makes a user a member of an organization, as admin or"
		    " user, or of a project, as\nadmin, user or viewer.  Who is"
		    " added to a project becomes a member of its\norganization"
		    " too, as user.\n" },
	{ "member", "role", run_member_role, .needs = BIT(USER) | BIT(ROLE),
	    .one_of = BIT(ORG) | BIT(PROJECT), .allows = BIT(FORCE) | BIT(JSON),
	    .help = "Changes the role of a member.  The last usable admin of an"
		    " organization stays\nits admin without --force.\n" },
	{ "member", "remove", run_member_remove, .needs = BIT(USER),
	    .one_of = BIT(ORG) | BIT(PROJECT), .allows = BIT(FORCE) | BIT(JSON),
	    .help = "Removes a user from a project, or from an organization"
		    " with all its projects and\nthe API keys that are bound to"
		    " it.  The last usable admin of an organization is\nnot"
		    " removed without --force.\n" },
	{ "invitation", "create", run_invitation_create,
	    .needs = BIT(USER) | BIT(TO) | BIT(ROLE),
	    .one_of = BIT(ORG) | BIT(PROJECT), .allows = BIT(JSON),
	    .help = "Invites the address of --to in the name of --user, who"
		    " must be allowed to do so,\nand prints the link alone on"
		    " the last line.  The role is admin or user of the\n"
		    "organization, or admin, user or viewer of the project."
		    "  The link works for a day.\n" },
	{ "invitation", "list", run_invitation_list, .needs = BIT(ORG),
	    .allows = BIT(JSON),
	    .help = "Lists the invitations of an organization.  The links are"
		    " nowhere.\n" },
	{ "invitation", "resend", run_invitation_resend, .allows = BIT(JSON),
	    .operand = "ID",
	    .help = "Makes a new link for the invitation with that id and"
		    " prints it alone on the last\nline.  The old link is dead."
		    "  Not within a minute of the last one.\n" },
	{ "invitation", "revoke", run_invitation_revoke, .allows = BIT(JSON),
	    .operand = "ID",
	    .help = "From now on the link of the invitation with that id is"
		    " dead.\n" },
	{ "mail", "send", run_mail_send, .keeps_rights = true,
	    .allows = BIT(LIMIT) | BIT(JSON),
	    .help =
		"Sends the mails of the outbox that are due, 100 at most or"
		" as --limit says, by the\nprogram of the setting mail."
		"  To be run by cron every minute.  The exit status is\n1 if"
		" a mail could not be sent; it is tried again later, eight"
		" times in all.\n" },
	{ "mail", "list", run_mail_list, .allows = BIT(JSON),
	    .help = "Lists the outbox: what is to be sent, and what became of"
		    " the mails of the last\nweek.\n" },
	{ "licence", "issue", run_licence_issue, .needs = BIT(TYPE),
	    .allows = BIT(PROJECTS) | BIT(USERS) | BIT(EXPIRES) | BIT(ORG) |
		BIT(JSON),
	    .help = "Signs a licence key and prints it alone on the last line."
		    "  Limits that are\nnot given are those of the type; 0"
		    " means none.  With --org no other\norganization can use"
		    " it.\n" },
	{ "licence", "install", run_licence_install, .needs = BIT(ORG),
	    .allows = BIT(JSON), .operand = "KEY",
	    .help =
		"Installs a licence key in an organization.  The one that it"
		" replaces is revoked, so\nthat no admin can install it"
		" again.\n" },
	{ "licence", "history", run_licence_history, .needs = BIT(ORG),
	    .allows = BIT(JSON),
	    .help = "Lists the licences that were installed in an organization,"
		    " the oldest first.  The\nfirst one came with it.\n" },
	{ "licence", "show", run_licence_show, .allows = BIT(JSON),
	    .operand = "KEY",
	    .help = "Verifies the signature of a licence key and prints what it"
		    " says, even if it has\nexpired.\n" },
	{ "licence", "revoke", run_licence_revoke, .allows = BIT(JSON),
	    .operand = "JTI",
	    .help = "Revokes the licence key with that jti (see licence show)."
		    "  No admin can install\nit any more, and where it is in"
		    " force nothing can grow.\n" },
	{ "licence", "release", run_licence_release, .allows = BIT(JSON),
	    .operand = "JTI",
	    .help = "Forgets which organization has installed the licence key"
		    " with that jti, and that\nit was revoked: another"
		    " organization can install it.  Not while it is in"
		    " force.\n" },
	{ "key", "add", run_key_add, .one_of = BIT(USER) | BIT(OWNER),
	    .either = BIT(ORG) | BIT(PROJECT),
	    .allows = BIT(NAME) | BIT(ROLE) | BIT(MANAGE) | BIT(EXPIRES) |
		BIT(JSON),
	    .help = "Makes an API key of the user with that e-mail address or"
		    " login and prints it\nalone on the last line.  It has no"
		    " rights outside of the organization or project\nthat is"
		    " given, and within at most the role (admin, user or"
		    " viewer).  --name says what\nit is for.  With --owner"
		    " organization it is a service key, which has no user: a"
		    "\nmember of the organization with that role, user without"
		    " --role.  It changes\nmembers, keys and the licence only"
		    " with --manage.\n" },
	{ "key", "list", run_key_list, .either = BIT(USER) | BIT(OWNER),
	    .allows = BIT(ORG) | BIT(JSON),
	    .help = "Lists the API keys, all of them or those of a user, or"
		    " those that are bound to\nan organization; with --owner"
		    " organization the service keys, which have no user.\nThe"
		    " keys themselves are nowhere: only their ids are"
		    " shown.\n" },
	{ "key", "check", run_key_check, .needs = BIT(ORG) | BIT(ROLE),
	    .allows = BIT(PROJECT) | BIT(JSON),
	    .help = "Says what POST /v1/check says of the API key that is the"
		    " first line of standard\ninput: whether it may what"
		    " needs that role (user or admin, with --project also\n"
		    "viewer) in the organization, and why not.  The exit"
		    " status is 1 if it may not.\n" },
	{ "key", "rotate", run_key_rotate, .allows = BIT(OVERLAP) | BIT(JSON),
	    .operand = "ID",
	    .help = "Makes another API key in the place of the one with that"
		    " id, with its owner, role and\nbounds, and prints it"
		    " alone on the last line.  The old one works for --overlap"
		    " longer,\na day without it, 0 for not at all.  With - for"
		    " the id the key itself is the first\nline of standard"
		    " input.\n" },
	{ "key", "change", run_key_change,
	    .allows = BIT(NAME) | BIT(EXPIRES_IN) | BIT(FORCE) | BIT(JSON),
	    .operand = "ID",
	    .help = "Says anew what an API key is for, or lets it end earlier:"
		    " never later.  The last way\nin of the last admin of an"
		    " organization gets no end without --force.  With - for"
		    " the\nid the key itself is the first line of standard"
		    " input.\n" },
	{ "key", "revoke", run_key_revoke, .allows = BIT(FORCE) | BIT(JSON),
	    .operand = "ID",
	    .help = "From now on the API key with that id is refused.  With -"
		    " for the id the key\nitself is the first line of standard"
		    " input.  The last way in of the last admin of\nan"
		    " organization, or of the last system administrator, is not"
		    " revoked without\n--force.\n" },
};

const unsigned command_count = sizeof(commands) / sizeof(commands[0]);
