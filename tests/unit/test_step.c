/* SPDX-License-Identifier: ISC */
/* The agent's steps: of a list of commands, of a workload that a file describes, of a suite. The
 * outbox is ours, and so is xlab-work. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/agent/outbox.h"
#include "guest-tools/agent/step.h"

static char dir[] = "/tmp/xlab-test-step-XXXXXX";
static char sent[4096]; /* what went out: records with a newline, and progress in brackets */

int outbox_send(const char *record, size_t len)
{
	snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s\n", (int)len, record);
	return 0;
}

int outbox_put(unsigned key, const char *val, size_t len)
{
	(void)key;
	snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "[%.*s]", (int)len, val);
	return 0;
}

int outbox_sync(void)
{
	return 0;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int run(const char *name, const char *text, int *failed)
{
	write_file(name, text, 0644);
	sent[0] = '\0';
	*failed = -1;
	return step_run_all(name, "ref", failed);
}

static void commands_are_run(void **state)
{
	int failed;

	(void)state;
	assert_int_equal(
		run("list", "# a = comment\necho a %s\n\n false\nprintf a\\nb\\n\n", &failed), 3);
	assert_int_equal(failed, 1);
	assert_string_equal(sent, "[1/3]a ref\n[2/3][3/3]a\nb\n");
}

/* Of a step that failed no line is sent that cannot be a record. */
static void what_a_failed_step_recorded_is_sent(void **state)
{
	int failed;

	(void)state;
	write_file("half", "#!/bin/sh\nprintf '{\"type\":1}\\nwhy\\n{\"type\"\\n{\"error\":1}\\n"
			   "{\"c\":2, \"type\":2}\\n{\"type\":3}'\nexit 1\n",
		   0755);
	assert_int_equal(run("list", "half\necho b\n", &failed), 2);
	assert_int_equal(failed, 1);
	assert_string_equal(sent, "[1/2]{\"type\":1}\n{\"c\":2, \"type\":2}\n[2/2]b\n");
}

static void a_described_one_is_one_step(void **state)
{
	int failed;

	(void)state;
	assert_int_equal(run("gcc", "about = x\nquick = a\nref = b\n", &failed), 1);
	assert_int_equal(failed, 0);
	assert_string_equal(sent, "[1/1]--size ref gcc\n");
}

static void a_suite_is_a_step_for_each(void **state)
{
	int failed;

	(void)state;
	assert_int_equal(run("all", "workloads = gcc fails 429.mcf\n", &failed), 3);
	assert_int_equal(failed, 1);
	assert_string_equal(sent, "[1/3]--size ref --suite all gcc\n[2/3]"
				  "[3/3]--size ref --suite all 429.mcf\n");
}

static void wrong_ones_are_refused(void **state)
{
	int failed;

	(void)state;
	assert_int_equal(run("wrong", "quick = a\nquik = b\n", &failed), -EINVAL);
	assert_int_equal(run("a b", "quick = a\n", &failed), -EINVAL);
	assert_int_equal(step_run_all("nowhere", "ref", &failed), -ENOENT);
	assert_int_equal(step_run_all("../gcc", "ref", &failed), -ENOENT);
	assert_string_equal(sent, "");
}

static void a_payload_brings_its_own(void **state)
{
	int failed;

	(void)state;
	write_file("p/spec/workloads/429.mcf", "quick = a\n", 0644);
	write_file("p/spec/workloads/gcc", "workloads = a b\n", 0644);
	sent[0] = '\0';
	assert_int_equal(step_run_all("429.mcf", "ref", &failed), 1);
	assert_string_equal(sent, "[1/1]--size ref 429.mcf\n");
	assert_int_equal(run("gcc", "quick = a\n", &failed), 1);
	assert_string_equal(sent, "[1/1]--size ref gcc\n");
	assert_int_equal(step_run_all("*", "ref", &failed), -ENOENT);
	assert_int_equal(step_run_all("430.mcf", "ref", &failed), -ENOENT);
}

static int setup(void **state)
{
	char path[256];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", dir);
	setenv("PATH", path, 1);
	setenv("XLAB_WORKLOADS", dir, 1);
	snprintf(path, sizeof(path), "%s/p", dir);
	setenv("XLAB_PAYLOADS", path, 1);
	make_folder("p");
	make_folder("p/spec");
	make_folder("p/spec/workloads");
	write_file("xlab-work", "#!/bin/sh\necho \"$*\"\ncase $* in *fails) exit 111 ;; esac\n",
		   0755);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_run),
		cmocka_unit_test(what_a_failed_step_recorded_is_sent),
		cmocka_unit_test(a_described_one_is_one_step),
		cmocka_unit_test(a_suite_is_a_step_for_each),
		cmocka_unit_test(wrong_ones_are_refused),
		cmocka_unit_test(a_payload_brings_its_own),
	};

	return cmocka_run_group_tests_name("step", tests, setup, teardown);
}
