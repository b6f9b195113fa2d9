/*
 * The rows that the description of the API shows: members of the structs of
 * model/resource.h.
 */
#ifndef TENANTRY_MODEL_EXAMPLE_H
#define TENANTRY_MODEL_EXAMPLE_H

#include "model/resource.h"

#define EXAMPLE_TIME INT64_C(1763630043512) /* 2025-11-20 */

#define EXAMPLE_ORGANIZATION \
	{ \
		.id = "01JD7Q4M8K3ZT5W9XBVN2RC6HY", \
		.name = "acme-observability", \
		.display_name = "Acme Observability", .version = 1, \
		.modified_at = EXAMPLE_TIME, \
		.labels = "{\"env\":\"production\"}" \
	}

#define EXAMPLE_PRODUCTION \
	{ \
		.id = "01JD7Q4M8KEP1G0S7AQF4DWJ3T", .name = "production", \
		.display_name = "Production", .version = 1, \
		.modified_at = EXAMPLE_TIME, \
		.secret_key = "01JD7Q4M8KFD3RZ8V5N1TQXG7W", \
		.alternate_keys = "[\"01JD9K0Z3FQ7M2XW5T8CVB4NRH\"]", \
		.labels = "{}", .is_admin = true \
	}
#define EXAMPLE_STAGING \
	{ \
		.id = "01JD8C2W6HZ0B5QK9MTXV3RN4F", .name = "staging", \
		.display_name = "Staging", .version = 1, \
		.modified_at = EXAMPLE_TIME + 23207495, \
		.secret_key = "01JD8C2W6HGX7T1RNZ4Y9PVM5K", \
		.alternate_keys = "[]", .labels = "{}", .is_admin = true \
	}

#define EXAMPLE_ADA(role_) \
	{ \
		.id = "01JD7PZV52N8Y6KXM0HTCR9B4E", .name = "ada-lovelace", \
		.display_name = "Ada Lovelace", .version = 2, \
		.modified_at = EXAMPLE_TIME, .email = "ada@acme.example", \
		.active_project_id = "01JD7Q4M8KEP1G0S7AQF4DWJ3T", \
		.next_login_project_id = "01JD7Q4M8KEP1G0S7AQF4DWJ3T", \
		.role = role_ \
	}
#define EXAMPLE_BOB(role_) \
	{ \
		.id = "01JD8A6TQ4C0XK9V3MZ7HBW5RN", .name = "bob-kahn", \
		.display_name = "Bob Kahn", .version = 1, \
		.modified_at = EXAMPLE_TIME + 20980613, \
		.email = "bob@acme.example", .role = role_ \
	}

#endif
