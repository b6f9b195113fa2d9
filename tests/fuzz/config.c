/*
 * The settings file: what is loaded is within its ranges, and what is refused
 * is said in one line that begins with the file's name.
 */
#include "edge/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* A file without a name, at a name below /proc. */
static FILE *make_file(
    const uint8_t *data, size_t size, char *path, size_t path_size)
{
	FILE *file = tmpfile();

	MUST(file != NULL);
	MUST(size == 0 || fwrite(data, 1, size, file) == size);
	MUST(fflush(file) == 0 && fchmod(fileno(file), 0600) == 0);
	snprintf(path, path_size, "/proc/self/fd/%d", fileno(file));
	return file;
}

static void check_text(const char *text)
{
	if (text == NULL)
		return;
	for (; *text != '\0'; text++)
		MUST((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void check_loaded(const struct config *config)
{
	const char *prefix = config->public_prefix;

	MUST(config->db.user != NULL);
	MUST(config->db.hosts.count >= 1);
	MUST(config->db.hosts.count <= DB_HOSTS_MAX);
	for (size_t i = 0; i < config->db.hosts.count; i++) {
		const struct db_host *host = &config->db.hosts.list[i];

		MUST(host->socket != NULL ||
		    (host->name != NULL && host->port >= 1 &&
			host->port <= 65535));
	}
	MUST(config->workers >= 1 && config->workers <= 1024);
	MUST(config->max_body >= 256 && config->max_body <= 16U << 20);
	MUST(config->deadline >= 1 && config->deadline <= 300);
	MUST(config->create_status == 200 || config->create_status == 201);
	MUST(config->ring.revoked_count <= LICENCE_KEYS_MAX);
	MUST(config->ring.trusted_count <= LICENCE_KEYS_MAX);
	for (size_t i = 0; i < config->ring.revoked_count; i++)
		MUST(strlen(config->ring.revoked[i]) == CRYPTO_KID_SIZE - 1);
	MUST(prefix == NULL || prefix[strlen(prefix) - 1] != '/');
	check_text(prefix);
	check_text(config->cors_origins);
	check_text(config->ring.issuer);
	check_text(config->db.user);
	check_text(config->db.password);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = { .code = ERR_NONE };
	struct config config;
	char path[32];
	FILE *file = make_file(data, size, path, sizeof(path));

	if (config_load(&config, path, &fault)) {
		check_loaded(&config);
		config_release(&config);
	} else {
		MUST(fault.code == ERR_INTERNAL);
		MUST(fault.detail[0] != '\0');
		MUST(strchr(fault.detail, '\n') == NULL);
	}
	fclose(file);
	return 0;
}
