/*
 * How the kernel schedules the process.  The only user of <sched.h>.
 */
#ifndef TENANTRY_EDGE_SCHEDULE_H
#define TENANTRY_EDGE_SCHEDULE_H

/*
 * The process no longer takes the processor from another one the moment it
 * wakes up (SCHED_BATCH of sched(7), which needs no privilege).  The database's
 * thread and the web server then finish what they do behind the message that
 * woke this process, instead of being put aside for it and taken up again
 * (docs/decisions/0018).  Changes nothing where somebody chose another policy
 * than the ordinary one, or where the kernel does not allow it.
 */
void schedule_as_batch(void);

#endif
