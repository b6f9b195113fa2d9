/*
 * What this process gives up before it reads a secret.
 */
#ifndef TENANTRY_EDGE_HARDEN_H
#define TENANTRY_EDGE_HARDEN_H

/* No core files, and no more rights for what it may come to run. */
void harden_process(void);

#endif
