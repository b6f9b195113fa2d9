#include "unit.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/schedule.h"

/* The policy that a process of `before` has afterwards. */
static int policy_after(int before)
{
	struct sched_param none = { 0 };
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (sched_setscheduler(0, before, &none) != 0)
			_exit(255);
		schedule_as_batch();
		_exit(sched_getscheduler(0));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void an_ordinary_process_becomes_one_of_batch(void **state)
{
	(void)state;
	assert_int_equal(policy_after(SCHED_OTHER), SCHED_BATCH);
	assert_int_equal(policy_after(SCHED_BATCH), SCHED_BATCH);
}

static void a_policy_that_somebody_chose_stays(void **state)
{
	(void)state;
	assert_int_equal(policy_after(SCHED_IDLE), SCHED_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_process_becomes_one_of_batch),
		cmocka_unit_test(a_policy_that_somebody_chose_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
