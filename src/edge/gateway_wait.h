/*
 * What the gateway waits for: input, or room for output, for a limited time,
 * and the signals that end the process.
 */
#ifndef TENANTRY_EDGE_GATEWAY_WAIT_H
#define TENANTRY_EDGE_GATEWAY_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/gateway.h"

enum { WAIT_SECOND = 1000000 /* in ticks */ };

/* The tick so many seconds from now. */
int64_t wait_end(int seconds);

/* Ticks until `end`, at least one. */
int64_t wait_left(int64_t end);

/* From now on SIGTERM and SIGUSR1 are seen by the two that follow only. */
void wait_take_signals(void);

/* Also where the signal waits behind the block. */
bool wait_is_told_to_end(void);

/*
 * Whether there is something to take from descriptor 0, a connection or the
 * body of a CGI request, before the tick `end`.  0: waits without end.
 */
enum gateway_event wait_for_input(int64_t end);

/* Until the tick `end`, with the signals let through; false: it is to end. */
bool wait_pause(int64_t end);

/* Whether the descriptor is ready (poll(2)) before the tick `end`. */
bool wait_until_ready(int descriptor, short events, int64_t end);

#endif
