/*
 * The addresses of clients, as the web server writes them.
 */
#ifndef TENANTRY_BASE_ADDRESS_H
#define TENANTRY_BASE_ADDRESS_H

#include <stdbool.h>

enum { ADDRESS_SIZE = 46 };

/*
 * What stands for the client where failures are counted: an IPv4 address, also
 * one that came in the form of an IPv6 address; the /64 of an IPv6 address,
 * since one client has all of it; any other text as it is.
 */
void address_group(const char *address, char out[ADDRESS_SIZE]);

/* 127.0.0.0/8, ::1. */
bool address_is_loopback(const char *address);

/* Of this machine, of a network of its own, or no address at all. */
bool address_is_private(const char *address);

#endif
