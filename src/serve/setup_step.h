/*
 * The steps of a set-up, and which of them is next: found out from what there
 * is, so that one that was stopped goes on.
 */
#ifndef TENANTRY_SERVE_SETUP_STEP_H
#define TENANTRY_SERVE_SETUP_STEP_H

#include "http/form.h"
#include "serve/setup_code.h"
#include "store/store.h"

enum setup_stage {
	SETUP_CODE,     /* nothing else is looked at before */
	SETUP_FOLDER,   /* the browser asks for the folder's address */
	SETUP_DATABASE, /* its server, name and account */
	SETUP_TABLES,
	SETUP_ADMINISTRATOR,
	SETUP_END, /* all is made but the settings file is not in its place */
	SETUP_DONE,
	SETUP_STAGES
};

struct setup {
	struct request *rq;
	struct setup_place place;
	struct setup_code code;
	struct form form;
	const char *token; /* of the cookie of who gave the code; or NULL */
	/* of the pending settings, where the stage needs them */
	bool is_loaded;
	struct config config;
	struct db *db;
	struct store store;
	int version;        /* of the database's schema */
	struct fault fault; /* of the step: what the page says */
};

/* What a form calls a stage. */
const char *setup_stage_name(enum setup_stage stage);

/* The stage of who has given the code. */
enum setup_stage setup_stage_find(struct setup *setup);

/* Carries it out; false: the fault says why not, nothing is half done. */
bool setup_step(struct setup *setup, enum setup_stage stage);

/* Closes what was opened. */
void setup_release(struct setup *setup);

#endif
