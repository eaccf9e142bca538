/* SPDX-License-Identifier: ISC */
#include "tests/unit/svc_set.h"

#include "init/svc.h"
#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct conf services[CONF_SERVICES];
static size_t count;

static void close_all(const struct state_svc *s)
{
	const int fds[] = { s->ready_fd, s->log_fd[0], s->log_fd[1] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]) && s->name[0]; i++)
		if (fds[i] > STDERR_FILENO)
			close(fds[i]);
}

int set_begin(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < CONF_SERVICES; i++)
		close_all(&state->svc[i]);
	memset(state, 0, sizeof(*state));
	fake_reset();
	count = 0;
	return 0;
}

void set_add(const char *name, const char *text)
{
	char copy[CONF_FILE];
	struct conf_error error = { 0, "" };

	snprintf(copy, sizeof(copy), "command = /bin/x\n%s\n", text);
	conf_parse(&services[count++], name, copy, &error);
	assert_string_equal(error.what, "");
}

void set_load(void)
{
	svc_load(services, count);
}

void set_known(unsigned slot, const char *name, uint32_t known, pid_t pid)
{
	state->svc[slot] = (struct state_svc){ .state = known,
					       .pid = pid,
					       .deadline = NEVER,
					       .started = fake_now,
					       .status = -1,
					       .ready_fd = -1,
					       .log_fd = { -1, -1 } };
	strcpy(state->svc[slot].name, name);
}

void set_pass(uint64_t ms)
{
	fake_now += ms;
	svc_run_timers();
}

void set_end(unsigned n, int status)
{
	fake_end(FAKE_FIRST_PID + (pid_t)n, status);
	assert_int_equal(svc_reap(1), 1);
}

void set_assert(const char *want)
{
	char is[1024] = "";

	for (size_t i = 0; i < svc_count(); i++) {
		size_t len = strlen(is);

		snprintf(is + len, sizeof(is) - len, "%s%s %s", i ? ", " : "", svc_conf(i)->name,
			 sup_state_name((enum sup_state)state->svc[i].state));
	}
	assert_string_equal(is, want);
}
