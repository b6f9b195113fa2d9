#include "edge/config_mail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "model/mail.h"

/* Links in mails cannot follow from a request: there is none. */
static bool is_absolute(const char *prefix)
{
	return prefix != NULL &&
	    (strncmp(prefix, "http://", 7) == 0 ||
		strncmp(prefix, "https://", 8) == 0);
}

const char *config_mail_check(struct config *config)
{
	if (config->mail != NULL && strcmp(config->mail, "off") == 0)
		config->mail = NULL;
	if (config->mail == NULL)
		return NULL;
	if (config->mail[0] != '/')
		return "mail must be off or the absolute path of sendmail, with"
		       " arguments if it needs any";
	if (config->mail_from == NULL || !mail_is_address(config->mail_from))
		return "mail is set, and so mail_from must be the address that"
		       " mails come from";
	if (!is_absolute(config->public_prefix))
		return "mail is set, and so public_prefix must be the address"
		       " of the service, with https://: links in mails begin"
		       " with it";
	return NULL;
}

void config_mail_look(const struct config *config, struct findings *out)
{
	const char *path;

	if (config->mail == NULL) {
		finding_add(out, "mail", FINDING_OK,
		    "mail is off: invitations go out by links");
		return;
	}
	path = arena_copy(out->mem, config->mail, strcspn(config->mail, " "));
	if (access(path, X_OK) == 0) {
		finding_add(out, "mail", FINDING_OK, "%s sends, from %s", path,
		    config->mail_from);
		return;
	}
	finding_add(out, "mail", FINDING_FAIL, "%s cannot be run: %s", path,
	    strerror(errno));
	finding_remedy(
	    out, "install it, or correct the setting mail; nothing is lost");
}
