/*
 * The gateway's own ceiling: a FastCGI program that answers every request with
 * the same body, of HELLO_BYTES bytes, and does nothing else.
 */
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MOST = 65536 };

int main(void)
{
	static char body[BODY_MOST];
	const char *wanted = getenv("HELLO_BYTES");
	long size = wanted != NULL ? strtol(wanted, NULL, 10) : 1;
	FCGX_Request request;

	if (size < 1 || size > BODY_MOST)
		return EXIT_FAILURE;
	memset(body, 'x', (size_t)size);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
		return EXIT_FAILURE;
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_FPrintF(request.out,
		    "Content-Type: application/json\r\n"
		    "Content-Length: %d\r\n\r\n",
		    (int)size);
		FCGX_PutStr(body, (int)size, request.out);
		FCGX_Finish_r(&request);
	}
	return EXIT_SUCCESS;
}
