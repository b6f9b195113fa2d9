/*
 * Runs a fuzz target on files, without a fuzzer: the main of the targets in
 * every build but the fuzzer's own.  Speaks TAP: one test for all files, and
 * each named before it runs, so that the last is the one that ended it.
 */
#include "fuzz.h"

enum { INPUT_MAX = 1 << 22 };

/* NULL where it cannot be read or is longer than any input should be. */
static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX), *exact = NULL;

	if (file != NULL && data != NULL) {
		*size = fread(data, 1, INPUT_MAX, file);
		/* no byte to spare: a read beyond the end is seen */
		if (!ferror(file) && feof(file))
			exact = malloc(*size > 0 ? *size : 1);
	}
	if (exact != NULL)
		memcpy(exact, data, *size);
	if (file != NULL)
		fclose(file);
	free(data);
	return exact;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("1..1");
	for (int i = 1; i < argc; i++) {
		size_t size = 0;
		uint8_t *data = read_file(argv[i], &size);

		printf("# %s\n", argv[i]);
		if (data == NULL) {
			puts("not ok 1 - the file cannot be read");
			return EXIT_FAILURE;
		}
		(void)LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	printf("%sok 1 - %d inputs\n", argc > 1 ? "" : "not ", argc - 1);
	return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
