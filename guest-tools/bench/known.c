/* SPDX-License-Identifier: ISC */
/* Benchmarks of programs that people know, as BusyBox has them, on data that is always the same. */
#include "guest-tools/bench/bench.h"
#include "guest-tools/bench/data.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHA_PASSES 8
#define FILE_ARG "/proc/self/fd/0"	/* standard input opened anew: from its start each time */

static const struct data_set *set;
static int data_fd = -1, packed_fd = -1;
static char digests[SHA_PASSES * 128];

/* Starts argv[0], found through PATH, with these as standard input and output. Returns its pid. */
static pid_t spawn(char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t acts;
	pid_t pid;
	int err;

	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, in, 0);
	posix_spawn_file_actions_adddup2(&acts, out, 1);
	err = posix_spawnp(&pid, argv[0], &acts, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&acts);
	return err ? -err : pid;
}

static int wait_success(pid_t pid)
{
	int status;

	if (pid < 0)
		return pid;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return status == 0 ? 0 : -EBADMSG;
}

/* Reads until the end or until only the place for a NUL is left. */
static void read_text(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
}

/* Runs sha256sum on a descriptor, or on what it can open anew of it, and keeps what it prints. */
static int sum(char *const argv[], int in)
{
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	pid = spawn(argv, in, out[1]);
	close(out[1]);
	read_text(out[0], digests, sizeof(digests));
	close(out[0]);
	return wait_success(pid);
}

static int sha256_setup(enum bench_size size)
{
	set = &data_sets[size];
	data_fd = data_open(set);
	return data_fd < 0 ? data_fd : 0;
}

/* One operation is one byte: the set is as long as ops / SHA_PASSES, which a test holds to. */
static int sha256_run(long ops)
{
	static char *const argv[] = {
		"busybox", "sha256sum", FILE_ARG, FILE_ARG, FILE_ARG, FILE_ARG,
		FILE_ARG, FILE_ARG, FILE_ARG, FILE_ARG, NULL
	};

	_Static_assert(sizeof(argv) / sizeof(argv[0]) == SHA_PASSES + 3, "one file a pass");
	(void)ops;
	return sum(argv, data_fd);
}

static int sha256_check(void)
{
	return data_digests_right(set, digests, SHA_PASSES) ? 0 : -EBADMSG;
}

static void known_teardown(void)
{
	if (data_fd >= 0)
		close(data_fd);
	if (packed_fd >= 0)
		close(packed_fd);
	data_fd = packed_fd = -1;
}

const struct bench_ops bench_sha256 = {
	.setup = sha256_setup,
	.run = sha256_run,
	.check = sha256_check,
	.teardown = known_teardown,
};

static int gzip_setup(enum bench_size size)
{
	int rc = sha256_setup(size);

	if (rc < 0)
		return rc;
	packed_fd = data_temp();
	return packed_fd < 0 ? packed_fd : 0;
}

static int gzip_run(long ops)
{
	static char *const argv[] = { "busybox", "gzip", "-c", NULL };

	(void)ops;
	if (lseek(data_fd, 0, SEEK_SET) < 0 || lseek(packed_fd, 0, SEEK_SET) < 0 ||
	    ftruncate(packed_fd, 0) < 0)
		return -errno;
	return wait_success(spawn(argv, data_fd, packed_fd));
}

/* What was packed, unpacked again, has to be the data. */
static int gzip_check(void)
{
	static char *const gunzip[] = { "busybox", "gunzip", "-c", NULL };
	static char *const sha256[] = { "busybox", "sha256sum", NULL };
	int rc, rc2, plain[2];
	pid_t pid;

	if (lseek(packed_fd, 0, SEEK_SET) < 0 || pipe2(plain, O_CLOEXEC) < 0)
		return -errno;
	pid = spawn(gunzip, packed_fd, plain[1]);
	close(plain[1]);
	rc = sum(sha256, plain[0]);
	close(plain[0]);
	rc2 = wait_success(pid);
	if (rc == 0)
		rc = rc2;
	return rc == 0 && !data_digests_right(set, digests, 1) ? -EBADMSG : rc;
}

const struct bench_ops bench_gzip = {
	.setup = gzip_setup,
	.run = gzip_run,
	.check = gzip_check,
	.teardown = known_teardown,
};
