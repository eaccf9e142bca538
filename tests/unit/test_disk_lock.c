/* SPDX-License-Identifier: ISC */
/*
 * Whose bytes they are, and the lock on them: between processes, and as it is inherited. Ways
 * through loop devices and device nodes are tested where there are any: tests/xen/start.sh.
 */
#include "host/disk_lock.h"

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

static char dir[32];

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(dir, "/tmp/xlab-lock-XXXXXX");
	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	fd = open("disk", O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || ftruncate(fd, 1 << 20) || close(fd) || link("disk", "hard") ||
	    symlink("disk", "symbolic") || mkdir("folder", 0700) || mkfifo("fifo", 0600))
		return -1;
	fd = open("other", O_CREAT | O_WRONLY, 0600);
	return fd < 0 || close(fd);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return chdir("/") || system(command);
}

static void test_one_file_by_each_name(void **state)
{
	struct disk_id disk, way;

	(void)state;
	assert_int_equal(disk_id_get("disk", &disk), 0);
	assert_int_equal(disk_id_get("hard", &way), 0);
	assert_true(disk_id_overlaps(&disk, &way));
	assert_int_equal(disk_id_get("symbolic", &way), 0);
	assert_true(disk_id_overlaps(&disk, &way));
	assert_int_equal(disk_id_get("other", &way), 0);
	assert_false(disk_id_overlaps(&disk, &way));
}

static void test_what_is_no_disk(void **state)
{
	struct disk_id id;

	(void)state;
	assert_int_equal(disk_id_get("folder", &id), -EINVAL);
	assert_int_equal(disk_id_get("fifo", &id), -EINVAL);
	assert_int_equal(disk_id_get("/dev/null", &id), -EINVAL);
	assert_int_equal(disk_id_get("nothing", &id), -ENOENT);
}

static void test_parts(void **state)
{
	static const struct disk_id parts[] = {
		{ .dev = 1, .start = 0, .end = 100 },
		{ .dev = 1, .start = 100, .end = 200 },
		{ .dev = 1, .start = 50, .end = 150 },
		{ .dev = 2, .start = 0, .end = 100 },
		{ .dev = 1, .ino = 1, .start = 0, .end = 100 },
	};
	static const char overlaps[5][6] = { "10100", "01100", "11100", "00010", "00001" };

	(void)state;
	for (int i = 0; i < 5; i++)
		for (int k = 0; k < 5; k++)
			assert_int_equal(disk_id_overlaps(&parts[i], &parts[k]),
					 overlaps[i][k] == '1');
}

/* Takes the lock in another process, which says how that went. */
static int take_elsewhere(const char *path, bool shared)
{
	struct disk_lock lock;
	char holder[256];
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(-disk_lock_take(path, shared, 0, &lock, holder, sizeof(holder)));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void test_alone(void **state)
{
	struct disk_lock lock;
	char holder[256] = "";

	(void)state;
	assert_int_equal(disk_lock_take("disk", false, 0, &lock, holder, sizeof(holder)), 0);
	assert_int_equal(take_elsewhere("hard", false), -EBUSY);
	assert_int_equal(take_elsewhere("symbolic", true), -EBUSY);
	assert_int_equal(take_elsewhere("other", false), 0);
	disk_lock_drop(&lock);
	assert_int_equal(take_elsewhere("hard", false), 0);
}

static void test_shared(void **state)
{
	struct disk_lock lock;
	char holder[256];

	(void)state;
	assert_int_equal(disk_lock_take("disk", true, 0, &lock, holder, sizeof(holder)), 0);
	assert_int_equal(take_elsewhere("disk", true), 0);
	assert_int_equal(take_elsewhere("disk", false), -EBUSY);
	disk_lock_drop(&lock);
}

/* The descriptor says who has it, not the process that took it. */
static void test_inherited(void **state)
{
	struct disk_lock lock;
	char holder[256];
	pid_t heir;

	(void)state;
	assert_int_equal(disk_lock_take("disk", false, 0, &lock, holder, sizeof(holder)), 0);
	heir = fork();
	if (heir == 0) {
		pause();
		_exit(0);
	}
	disk_lock_drop(&lock);
	assert_int_equal(take_elsewhere("disk", false), -EBUSY);
	kill(heir, SIGKILL);
	assert_int_equal(waitpid(heir, NULL, 0), heir);
	assert_int_equal(take_elsewhere("disk", false), 0);
}

/* Until our parent has the file open: it is about to ask for the lock, or waits for it. */
static void await_open(pid_t pid, const char *path)
{
	struct stat want, st;
	char link[64];

	assert_int_equal(stat(path, &want), 0);
	for (int fd = 0; getppid() == pid; fd = (fd + 1) % 64) {
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
		if (stat(link, &st) == 0 && st.st_dev == want.st_dev && st.st_ino == want.st_ino)
			return;
	}
}

/* Who has the lock may put another file in the disk's place before letting go of it. */
static void test_replaced(void **state)
{
	struct disk_lock lock;
	struct stat new, locked;
	char holder[256], ready;
	int pipe_fd[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		if (disk_lock_take("disk", false, 0, &lock, holder, sizeof(holder)) ||
		    write(pipe_fd[1], "", 1) != 1)
			_exit(1);
		await_open(getppid(), "disk");
		_exit(rename("other", "disk") != 0);
	}
	assert_int_equal(read(pipe_fd[0], &ready, 1), 1);
	assert_int_equal(disk_lock_take("disk", false, 60 * 1000, &lock, holder, sizeof(holder)), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(stat("disk", &new), 0);
	assert_int_equal(fstat(lock.fd, &locked), 0);
	assert_int_equal(locked.st_ino, new.st_ino);
	assert_int_equal(disk_lock_check(&lock, DISK_USER_ANY, holder, sizeof(holder)), 0);
	assert_int_equal(rename("hard", "disk"), 0);
	assert_int_equal(disk_lock_check(&lock, DISK_USER_ANY, holder, sizeof(holder)), -ESTALE);
	disk_lock_drop(&lock);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

/* QEMU locks bytes of a disk too (block/file-posix.c: 100 to 103, 200 to 203). */
static void test_not_in_qemus_way(void **state)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 << 20 };
	struct disk_lock lock;
	char holder[256];
	int fd = open("disk", O_RDWR);

	(void)state;
	assert_int_equal(disk_lock_take("disk", false, 0, &lock, holder, sizeof(holder)), 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &all), 0);
	close(fd);
	disk_lock_drop(&lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_file_by_each_name),
		cmocka_unit_test(test_what_is_no_disk),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_not_in_qemus_way),
		cmocka_unit_test(test_replaced), /* the last: the files are others then */
	};

	return cmocka_run_group_tests_name("disk_lock", tests, setup, teardown);
}
