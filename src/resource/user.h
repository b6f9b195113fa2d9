/*
 * What the lists of users share.
 */
#ifndef TENANTRY_RESOURCE_USER_H
#define TENANTRY_RESOURCE_USER_H

/* The query parameter `state`, a struct query_parameter. */
#define USER_STATE_PARAMETER \
	{ \
		.name = "state", .type = QUERY_WORD, \
		.words = "active disabled", .component = "UserState", \
		.says = "Only users that may sign in, or only users that are" \
			" disabled.", \
		.example = "active" \
	}

#endif
