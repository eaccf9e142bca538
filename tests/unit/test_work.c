/* SPDX-License-Identifier: ISC */
/* Runs commands of this machine as xlab-work runs those of workloads. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/work/work.h"

/* The SHA-256 of "hello\n", as sha256sum(1) prints it. */
#define HELLO "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

static char dir[] = "/tmp/xlab-test-work-XXXXXX";
static struct run r;
static struct workload w;
static char why[WORK_WHY];

/* Writes a script and returns its path. */
static const char *script(const char *text)
{
	static char path[sizeof(dir) + 16];
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void parse(const char *text)
{
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(workload_parse(copy, &w, why, sizeof(why)), 0);
}

static void both_outputs_are_taken(void **state)
{
	(void)state;
	assert_int_equal(
		run_command(script("echo out; echo first >&2; echo 'last word' >&2; exit 4"), dir,
			    60, &r),
		0);
	assert_int_equal(WEXITSTATUS(r.status), 4);
	assert_string_equal(r.out, "out\n");
	assert_string_equal(run_last_words(&r), "last word");
	assert_true(r.seconds > 0 && r.max_rss_kib > 0 && r.user >= 0 && r.system >= 0);
}

static void words_are_its_arguments(void **state)
{
	(void)state;
	assert_int_equal(run_command("printf %s,  a\t'b'   c=d", dir, 60, &r), 0);
	assert_string_equal(r.out, "a,'b',c=d,");
	assert_string_equal(run_last_words(&r), "");
}

static void the_environment_is_its_own(void **state)
{
	char want[256];

	(void)state;
	setenv("XLAB_TEST_WORK", "x", 1);
	assert_int_equal(run_command("env", dir, 60, &r), 0);
	assert_null(strstr(r.out, "XLAB_TEST_WORK"));
	assert_non_null(strstr(r.out, "LC_ALL=C\n"));
	snprintf(want, sizeof(want), "HOME=%s\n", dir);
	assert_non_null(strstr(r.out, want));
	assert_int_equal(run_command("pwd", dir, 60, &r), 0);
	assert_memory_equal(r.out, dir, strlen(dir));
	assert_int_equal(run_command("readlink /proc/self/fd/0", dir, 60, &r), 0);
	assert_string_equal(r.out, "/dev/null\n");
	assert_int_equal(run_command("ls /proc/self/fd", dir, 60, &r), 0);
	assert_string_equal(r.out, "0\n1\n2\n3\n"); /* the last is the folder itself */
}

static void what_cannot_run_is_an_error(void **state)
{
	char many[WORKLOAD_TEXT_MAX + 1] = "";

	(void)state;
	assert_int_equal(run_command("/nowhere/program", dir, 60, &r), -ENOENT);
	assert_int_equal(run_command("/etc/passwd", dir, 60, &r), -EACCES);
	assert_int_equal(run_command("true", "/nowhere", 60, &r), -ENOENT);
	while (strlen(many) + 3 < sizeof(many))
		strcat(many, "a ");
	assert_int_equal(run_command(many, dir, 60, &r), -E2BIG);
}

static bool is_gone(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return true;
	if (fscanf(f, "%*d %*s %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z';
}

/* Waits for a process to end that is nobody's child here; it has been killed already. */
static void wait_gone(pid_t pid)
{
	for (int i = 0; i < 1000 && !is_gone(pid); i++)
		usleep(10000);
	assert_true(is_gone(pid));
}

static void the_group_does_not_outlive_the_time(void **state)
{
	(void)state;
	assert_int_equal(run_command(script("sleep 600 & echo $!; wait"), dir, 1, &r), -ETIMEDOUT);
	assert_true(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL);
	assert_true(r.seconds >= 1);
	assert_true(atoi(r.out) > 1);
	wait_gone(atoi(r.out));
}

static void the_group_does_not_outlive_the_command(void **state)
{
	(void)state;
	assert_int_equal(run_command(script("sleep 600 & echo $!"), dir, 60, &r), 0);
	assert_int_equal(r.status, 0);
	assert_true(atoi(r.out) > 1);
	wait_gone(atoi(r.out));
}

static void output_is_bounded(void **state)
{
	char command[64];

	(void)state;
	assert_int_equal(run_command("yes", dir, 60, &r), -EMSGSIZE);
	assert_int_equal(r.out[RUN_OUT_MAX], '\0');
	snprintf(command, sizeof(command), "head -c %d /dev/zero", RUN_OUT_MAX);
	assert_int_equal(run_command(command, dir, 60, &r), 0);
	assert_int_equal(r.len, RUN_OUT_MAX);
	snprintf(command, sizeof(command), "head -c %d /dev/zero", RUN_OUT_MAX + 1);
	assert_int_equal(run_command(command, dir, 60, &r), -EMSGSIZE);
}

static void of_what_it_says_the_end_is_kept(void **state)
{
	(void)state;
	assert_int_equal(
		run_command(script("seq 100000 >&2; printf 'the end\\n\\n' >&2"), dir, 60, &r), 0);
	assert_true(r.said_len <= RUN_SAID_MAX);
	assert_string_equal(run_last_words(&r), "the end");
}

/* Runs the command of the workload, and checks it. */
static int run_and_check(void)
{
	int err = run_command(w.command[WORKLOAD_QUICK].text, dir, w.timeout, &r);

	assert_int_equal(err, 0);
	why[0] = '\0';
	return check_run(&w, WORKLOAD_QUICK, dir, &r, why);
}

static void sums_and_statuses_are_checked(void **state)
{
	(void)state;
	parse("quick = echo hello\nquick_sha256 = " HELLO);
	assert_int_equal(run_and_check(), 0);
	parse("quick = echo hullo\nquick_sha256 = " HELLO);
	assert_int_equal(run_and_check(), -EBADMSG);
	assert_non_null(strstr(why, "what it printed is wrong: its SHA-256 is "));
	parse("quick = false");
	assert_int_equal(run_and_check(), -EBADMSG);
	assert_string_equal(why, "ended with exit status 1, not 0");
	parse("quick = false\nexit = 1");
	assert_int_equal(run_and_check(), 0);
	parse("quick = ls /nowhere");
	assert_int_equal(run_and_check(), -EBADMSG);
	assert_non_null(strstr(why, "ended with exit status 2, not 0: ls: "));
}

static void files_are_checked(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "quick = %s\nquick_sha256 = " HELLO "\noutput = made",
		 script("echo hello >made"));
	parse(text);
	assert_int_equal(run_and_check(), 0);
	script("echo >made");
	assert_int_equal(run_and_check(), -EBADMSG);
	assert_non_null(strstr(why, "made is wrong: its SHA-256 is "));
	script("rm made");
	assert_int_equal(run_and_check(), -ENOENT);
	assert_string_equal(why, "made: No such file or directory");
	script("kill -SEGV $$");
	assert_int_equal(run_and_check(), -EBADMSG);
	assert_string_equal(why, "was killed by signal 11");
}

/* Prints the sample of what is in r. Returns it, and leaves the return value in *err. */
static const char *sample(const char *workload, const char *out, int *err)
{
	static char text[4096];
	FILE *f = fmemopen(text, sizeof(text), "w");

	parse(workload);
	strcpy(r.out, out);
	r.len = strlen(out);
	r.seconds = 1.5;
	r.user = 1;
	r.system = 0.25;
	r.max_rss_kib = 1000;
	why[0] = text[0] = '\0';
	*err = sample_print(&w, "suite", "name", 2, &r, f, why);
	fclose(f);
	return text;
}

static void samples_are_records(void **state)
{
	int err;

	(void)state;
	assert_string_equal(
		sample("quick = a", "", &err),
		"{\"type\":\"sample\",\"workload\":\"suite\",\"benchmark\":\"name\","
		"\"index\":2,\"unit\":\"s\",\"ops\":1,\"value\":1.5,\"better\":\"less\","
		"\"wall_s\":1.5,\"user_s\":1,\"system_s\":0.25,\"max_rss_kib\":1000}\n");
	assert_int_equal(err, 0);
	assert_non_null(strstr(sample("quick = a\nmetric = regex ([0-9]+) ops\nunit = ops/s\n"
				      "better = more",
				      "it did 70 ops\n", &err),
			       "\"unit\":\"ops/s\",\"ops\":1,\"value\":70,\"better\":\"more\""));
	assert_int_equal(err, 0);
	assert_non_null(strstr(sample("quick = a\nmetric = json a.b\nunit = x\nbetter = less",
				      "{\"a\":{\"b\":0.5}}", &err),
			       "\"value\":0.5,"));
	assert_int_equal(err, 0);
}

static void records_are_passed_on(void **state)
{
	static const char records[] = "{\"type\":\"log\"}\n{}\n";
	static const char *const none[] = { "{}", "{}\n\n", "x\n", "{\n", "{}\n1\n" };
	int err;

	(void)state;
	assert_string_equal(sample("quick = a\nmetric = records", records, &err), records);
	assert_int_equal(err, 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		assert_string_equal(sample("quick = a\nmetric = records", none[i], &err), "");
		assert_int_equal(err, -EBADMSG);
	}
}

static void a_value_that_is_not_there_is_an_error(void **state)
{
	int err;

	(void)state;
	assert_string_equal(sample("quick = a\nmetric = regex ^v=(.*)\nunit = s\nbetter = less",
				   "w=1\n", &err),
			    "");
	assert_int_equal(err, -ENOENT);
	assert_string_equal(why, "^v=(.*): is not in what it printed");
	sample("quick = a\nmetric = json v\nunit = s\nbetter = less", "{\"v\":null}", &err);
	assert_int_equal(err, -ERANGE);
	assert_string_equal(why, "v: is there, but no number");
}

static void a_repetition_may_be_many_samples(void **state)
{
	int err;

	(void)state;
	assert_string_equal(
		sample("quick = a\nmetric = samples (max|low)=([0-9]+)\nunit = x\nbetter = more",
		       "low=1 max=20\n", &err),
		"{\"type\":\"sample\",\"workload\":\"suite\",\"benchmark\":\"low\",\"index\":2,"
		"\"unit\":\"x\",\"ops\":1,\"value\":1,\"better\":\"more\"}\n"
		"{\"type\":\"sample\",\"workload\":\"suite\",\"benchmark\":\"max\",\"index\":2,"
		"\"unit\":\"x\",\"ops\":1,\"value\":20,\"better\":\"more\"}\n");
	assert_int_equal(err, 0);
	assert_string_equal(sample("quick = a\nmetric = samples (.)=(.)\nunit = x\nbetter = more",
				   "a=b\n", &err),
			    "");
	assert_int_equal(err, -ERANGE);
	assert_string_equal(why, "(.)=(.): is there, but no number");
}

#define MCF(iteration, field) "spec.cpu2006.results.429_mcf.base.00" iteration "." field "\n"

static void executions_are_samples(void **state)
{
	int err;

	(void)state;
	assert_string_equal(
		sample("quick = a\nmetric = rsf",
		       MCF("1", "reported_time: 287.4") MCF("1", "ratio: 31.7")
			       MCF("1", "valid: S"),
		       &err),
		"{\"type\":\"sample\",\"workload\":\"suite\",\"benchmark\":\"429.mcf\",\"index\":5,"
		"\"unit\":\"s\",\"ops\":1,\"value\":287.4,\"better\":\"less\",\"ratio\":31.7}\n");
	assert_int_equal(err, 0);
	assert_non_null(strstr(sample("quick = a\nmetric = rsf",
				      MCF("0", "valid: VE") MCF("0", "errors: Output miscompare")
					      MCF("1", "reported_time: 2") MCF("1", "valid: S"),
				      &err),
			       "\"index\":5,"));
	assert_int_equal(err, -EBADMSG);
	assert_string_equal(why,
			    "1 of 2 executions are invalid: 429.mcf, base, iteration 0: VE: what "
			    "it made is wrong: Output miscompare");
	assert_string_equal(sample("quick = a\nmetric = rsf", "nothing\n", &err), "");
	assert_int_equal(err, -ENOENT);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_outputs_are_taken),
		cmocka_unit_test(words_are_its_arguments),
		cmocka_unit_test(the_environment_is_its_own),
		cmocka_unit_test(what_cannot_run_is_an_error),
		cmocka_unit_test(the_group_does_not_outlive_the_time),
		cmocka_unit_test(the_group_does_not_outlive_the_command),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(of_what_it_says_the_end_is_kept),
		cmocka_unit_test(sums_and_statuses_are_checked),
		cmocka_unit_test(files_are_checked),
		cmocka_unit_test(samples_are_records),
		cmocka_unit_test(records_are_passed_on),
		cmocka_unit_test(a_value_that_is_not_there_is_an_error),
		cmocka_unit_test(a_repetition_may_be_many_samples),
		cmocka_unit_test(executions_are_samples),
	};

	return cmocka_run_group_tests_name("work", tests, make_dir, remove_dir);
}
