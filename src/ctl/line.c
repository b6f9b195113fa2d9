#include "ctl/line.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

enum { MARK_SIZE = sizeof(byte_order_mark) - 1 };

static bool read_line(char line[LINE_SIZE])
{
	size_t length;

	if (fgets(line, LINE_SIZE, stdin) == NULL)
		return false;
	if (strncmp(line, byte_order_mark, MARK_SIZE) == 0)
		memmove(line, line + MARK_SIZE, strlen(line + MARK_SIZE) + 1);
	length = strlen(line);
	if (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	else if (!feof(stdin))
		return false; /* too long, or a NUL inside */
	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	return length > 0 && length <= PASSWORD_MAX;
}

static void end_read(int number)
{
	(void)number;
}

/*
 * Without an echo.  A key or a signal that ends the read (there is no
 * SA_RESTART) leaves the terminal as it was, and no line.
 */
static bool read_quietly(
    const char *prompt, char line[LINE_SIZE], const struct termios *terminal)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	enum { COUNT = sizeof(numbers) / sizeof(numbers[0]) };
	struct sigaction before[COUNT], action = { .sa_handler = end_read };
	struct termios quiet = *terminal;
	bool good;

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < COUNT; i++)
		(void)sigaction(numbers[i], &action, &before[i]);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)fprintf(stderr, "%s: ", prompt);
	good = read_line(line);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, terminal);
	(void)fputc('\n', stderr);
	for (size_t i = 0; i < COUNT; i++)
		(void)sigaction(numbers[i], &before[i], NULL);
	return good;
}

bool line_read(const char *prompt, char line[LINE_SIZE])
{
	struct termios terminal;

	return tcgetattr(STDIN_FILENO, &terminal) == 0
	    ? read_quietly(prompt, line, &terminal)
	    : read_line(line);
}
