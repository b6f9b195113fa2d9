/*
 * How a resource begins in JSON, and the rows of the members that many have.
 */
#ifndef TENANTRY_MODEL_METADATA_H
#define TENANTRY_MODEL_METADATA_H

#include "model/domain.h"

#define RESOURCE_VERSION "bindplane.observiq.com/v1"

/* How each resource begins in JSON, up to the value of its metadata. */
#define RESOURCE_BEGIN(kind_) \
	"{\"apiVersion\":\"" RESOURCE_VERSION "\",\"kind\":\"" kind_ \
	"\",\"metadata\":"

/* A member of a struct that is a column too. */
#define RESOURCE_FIELD( \
    struct_, member_, column_, type_, part_, flags_, at_, domain_, says_) \
	{ \
		.member = member_, .column = column_, .type = type_, \
		.part = part_, .flags = flags_, FIELD_AT(struct_, at_), \
		.domain = domain_, .says = says_ \
	}

/* The metadata of a resource, from the members of its struct. */
#define NO_LABELS \
	{ \
		.member = "labels", .type = FIELD_EMPTY_OBJECT, \
		.part = PART_METADATA, .domain = &domain_labels \
	}
#define LABELS(struct_) \
	RESOURCE_FIELD(struct_, "labels", "labels", FIELD_JSON, PART_METADATA, \
	    0, labels, &domain_labels, NULL)
#define RESOURCE_METADATA(struct_, labels_) \
	RESOURCE_FIELD(struct_, "id", "id", FIELD_TEXT, PART_METADATA, 0, id, \
	    &domain_id, NULL), \
	    RESOURCE_FIELD(struct_, "name", "name", FIELD_TEXT, PART_METADATA, \
		0, name, &domain_name, NULL), \
	    RESOURCE_FIELD(struct_, "displayName", "display_name", FIELD_TEXT, \
		PART_METADATA, 0, display_name, &domain_display_name, NULL), \
	    labels_, \
	    RESOURCE_FIELD(struct_, "version", "version", FIELD_INTEGER, \
		PART_METADATA, 0, version, &domain_version, NULL), \
	    RESOURCE_FIELD(struct_, "dateModified", "modified_at", FIELD_TIME, \
		PART_METADATA, 0, modified_at, NULL, NULL), \
	    RESOURCE_FIELD(struct_, "dateCreated", NULL, FIELD_CREATED, \
		PART_METADATA, 0, id, NULL, NULL)

/* What the spec of a user begins with. */
#define USER_PROJECT_SAYS \
	"The id of a project, empty where there is none in this organization."
#define USER_SPEC(struct_) \
	RESOURCE_FIELD(struct_, "email", "email", FIELD_TEXT, PART_SPEC, 0, \
	    email, &domain_address_or_login, \
	    "As the user was made with: an address, whose part after the @" \
	    " may be without a dot, or a login, which has no @."), \
	    RESOURCE_FIELD(struct_, "activeAccount", "active_project_id", \
		FIELD_TEXT, PART_SPEC, 0, active_project_id, \
		&domain_id_or_none, USER_PROJECT_SAYS), \
	    RESOURCE_FIELD(struct_, "nextLoginAccount", \
		"next_login_project_id", FIELD_TEXT, PART_SPEC, 0, \
		next_login_project_id, &domain_id_or_none, USER_PROJECT_SAYS), \
	    RESOURCE_FIELD(struct_, "requestedMFA", NULL, FIELD_BOOL, \
		PART_SPEC, 0, requested_mfa, NULL, NULL)

#endif
