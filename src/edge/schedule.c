#include "edge/schedule.h"

#include <linux/sched.h> /* SCHED_BATCH, which POSIX does not have */
#include <sched.h>

void schedule_as_batch(void)
{
	struct sched_param none = { 0 };

	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)sched_setscheduler(0, SCHED_BATCH, &none);
}
