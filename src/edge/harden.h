/*
 * What this process gives up before it reads a secret.
 */
#ifndef TENANTRY_EDGE_HARDEN_H
#define TENANTRY_EDGE_HARDEN_H

/* No core files. */
void harden_process(void);

/*
 * No more rights for what it may come to run.  Not for who sends mail: that
 * program has the rights of a group (setgid) to put it into its queue.
 */
void harden_rights(void);

#endif
