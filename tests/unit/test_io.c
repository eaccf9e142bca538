/* SPDX-License-Identifier: ISC */
/* Files that are replaced: what becomes of what the older one had. */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"

enum { NOBODY = 65534, OTHER = 65533 };

static char root[32], path[64];

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/xlab-io.XXXXXX");
	if (!mkdtemp(root) || chmod(root, 0777) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/file", root);
	return 0;
}

/* A work file that were left would keep the folder. */
static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(root);
}

static void has(const char *text, mode_t mode, uid_t uid, gid_t gid)
{
	char buf[64];
	struct stat st;

	assert_int_equal(io_read_file(path, buf, sizeof(buf)), (int)strlen(text));
	assert_string_equal(buf, text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static int replace(const char *text)
{
	return io_replace_file(path, text, strlen(text));
}

static void new_ones_are_as_the_umask_says(void **state)
{
	mode_t mask = umask(027);
	int r = replace("new");

	(void)state;
	umask(mask);
	assert_int_equal(r, 0);
	has("new", 0640, geteuid(), getegid());
}

static void permissions_stay(void **state)
{
	static const mode_t modes[] = { 0600, 0444, 0666, 0751 };

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		mode_t mask = umask(077);
		int r = chmod(path, modes[i]) < 0 ? -errno : replace("again");

		umask(mask);
		assert_int_equal(r, 0);
		has("again", modes[i], geteuid(), getegid());
	}
}

/* What the older program was trusted with is not for another. */
static void no_new_program_runs_as_another_user(void **state)
{
	(void)state;
	assert_int_equal(chmod(path, 06755), 0);
	assert_int_equal(replace("program"), 0);
	has("program", 0755, geteuid(), getegid());
}

static void what_fails_leaves_it(void **state)
{
	struct io_new n;

	(void)state;
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(io_new_open(&n, path), 0);
	assert_int_equal(io_write_all(n.fd, "half", 4), 0);
	assert_int_equal(io_new_close(&n, -ENOSPC), -ENOSPC);
	has("program", 0640, geteuid(), getegid());
}

static void root_keeps_the_owner(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, NOBODY, OTHER), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(replace("root's"), 0);
	has("root's", 0640, NOBODY, OTHER);
}

/* A group that somebody else may not give: the group that the file has then could not read the
 * older one. */
static void no_group_gets_more(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(path, 0664), 0);
	pid = fork();
	if (pid == 0)
		_exit(setgroups(0, NULL) < 0 || setgid(OTHER) < 0 || setuid(NOBODY) < 0 ||
		      replace("other's"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	has("other's", 0644, NOBODY, OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_ones_are_as_the_umask_says),
		cmocka_unit_test(permissions_stay),
		cmocka_unit_test(no_new_program_runs_as_another_user),
		cmocka_unit_test(what_fails_leaves_it),
		cmocka_unit_test(root_keeps_the_owner),
		cmocka_unit_test(no_group_gets_more),
	};

	return cmocka_run_group_tests_name("io", tests, setup, teardown);
}
