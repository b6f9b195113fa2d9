/*
 * The walks: each goes along the whole route table.  A walk reports what is
 * wrong and goes on.
 */
#ifndef TENANTRY_TESTS_WALK_WALK_H
#define TENANTRY_TESTS_WALK_WALK_H

#include "ask.h"

#define EACH_ROW(row_) \
	const struct route *row_ = row_after(NULL); \
	row_ != NULL; \
	row_ = row_after(row_), arena_reset(&walk->mem)

/* A row, a caller who has the right to it, and what is sent (visit.c). */
struct visit {
	const struct route *row;
	struct visitor caller;
	struct target target;
	const char
	    *right; /* a body with which the row does its work, or NULL */
	/* see row_harmless() */
	enum err harmless;
	const char *headers, *body;
};

struct visit visit_of(struct walk *walk, const struct route *row);
void visit_begin(struct walk *walk, struct ask *ask, const struct visit *visit);

/* Sends it in the harmless way and expects the error of that. */
bool visit_harmless(
    struct walk *walk, struct ask *ask, const struct visit *visit);

/* Sends it with the right body and expects the error. */
bool visit_refused(struct walk *walk, struct ask *ask,
    const struct visit *visit, enum err err, const char *words);

/*
 * Sends it for a caller and expects the answer that the rule gives (expect.h).
 * A caller who has the right is refused for another reason, so that nothing
 * changes.  A caller who has it not is refused whatever the body is.
 */
void visit_once(struct walk *walk, const struct visit *visit,
    const struct visitor *caller, const struct target *target);

/* Adds a query or segments to the path. */
void visit_add_to_path(struct walk *walk, struct ask *ask, const char *text);

/* One byte more than the program takes. */
const char *visit_long_body(struct walk *walk);

/* Who may do what (roles.c, context.c). */
void every_caller_has_the_least_of_both_roles_on_every_route(struct walk *walk);
void lists_show_what_the_caller_belongs_to_and_no_more(struct walk *walk);
void each_write_reaches_the_organization_of_the_context(struct walk *walk);
void what_only_resembles_an_id_is_an_unknown_one(struct walk *walk);
void a_foreign_id_has_the_words_of_an_unknown_one(struct walk *walk);
void without_a_good_credential_all_but_the_public_is_401(struct walk *walk);
void a_password_from_another_site_changes_nothing(struct walk *walk);

/* Whoever is signed in: session.c. */
void a_session_does_what_its_person_may(struct walk *walk);
void an_old_password_is_asked_for_where_the_rows_say_it(struct walk *walk);

/* What holds for each row, whoever asks: form.c, content.c, preconditions.c,
 * replay.c. */
void a_method_that_a_path_has_not_is_405_with_those_it_has(struct walk *walk);
void options_lists_the_methods_of_each_path(struct walk *walk);
void a_path_below_another_is_404_for_everybody(struct walk *walk);
void head_has_the_status_and_headers_of_get(struct walk *walk);
void the_checks_come_in_their_order(struct walk *walk);
void a_body_that_the_table_does_not_allow_is_400(struct walk *walk);
void a_parameter_that_the_table_does_not_take_is_400(struct walk *walk);
void each_write_takes_a_key_and_narrows_by_what_is_there(struct walk *walk);
void accept_rules_out_what_a_route_does_not_have(struct walk *walk);
void a_write_takes_a_key_and_a_version_and_other_routes_do_not(
    struct walk *walk);
void a_replay_shows_what_its_caller_may_see_by_now(struct walk *walk);
void a_write_tells_an_admin_the_state_of_the_licence(struct walk *walk);
void a_read_has_its_preconditions(struct walk *walk);

#endif
