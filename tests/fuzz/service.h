/*
 * A service for the fuzz targets that take whole requests: settings without a
 * file, a fixed signing key, and a database that is not there.
 */
#ifndef TENANTRY_TESTS_FUZZ_SERVICE_H
#define TENANTRY_TESTS_FUZZ_SERVICE_H

#include "base/log.h"
#include "fuzz.h"
#include "serve/serve.h"

#define FUZZ_ORIGIN "https://app.example.org"

/* The same in each run, so that a corpus keeps its meaning. */
static inline void fuzz_signer(struct licence_ring *ring)
{
	memset(ring->signer.seed, 7, sizeof(ring->signer.seed));
	MUST(crypto_private_key_complete(&ring->signer));
	ring->has_signer = true;
	ring->issuer = "tenantry";
	ring->trusted[0] = ring->signer.public_key;
	ring->trusted_count = 1;
}

static inline void fuzz_settings(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->path = "/nonexistent/tenantry.conf";
	config->public_key_paths = "";
	config->run_dir = "/nonexistent";
	config->db.hosts.count = 1;
	config->db.hosts.list[0].socket = "/nonexistent/socket";
	config->db.name = config->db.user = "fuzz";
	config->db.deadline = config->deadline = 1;
	config->workers = 1;
	config->max_body = 4096;
	config->create_status = 200;
	config->cors_origins = FUZZ_ORIGIN " http://localhost:3000";
	config->bad_origins = "";
	fuzz_signer(&config->ring);
	MUST(log_open(LEVEL_ERROR, "/dev/null"));
}

#endif
