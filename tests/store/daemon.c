/* SPDX-License-Identifier: ISC */
#include "tests/store/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "guest-tools/lib/io.h"
#include "tests/store/bus.h"

static const struct {
	const char *path, *name;
} daemons[] = {
	[DAEMON_C] = { "build/sysroot/xenstored/xenstored", "xenstored" },
	[DAEMON_O] = { "build/sysroot/xenstored/oxenstored", "oxenstored" },
};

/* oxenstored has its paths built in, so it gets a /run of its own in which they are our folder's,
 * and a /var/log. */
static void private_paths(const char *dir)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/xenstored", 0700) < 0 ||
	    mount(dir, "/run/xenstored", NULL, MS_BIND, NULL) < 0 ||
	    mount("tmpfs", "/var/log", "tmpfs", 0, NULL) < 0 || mkdir("/var/log/xen", 0700) < 0) {
		perror("harness: a mount namespace");
		_exit(111);
	}
}

/* The two lines that oxenstored needs to find its kernel (the shim). */
static void write_config(const char *path)
{
	static const char text[] = "xenstored-kva = /proc/xen/xsd_kva\n"
				   "xenstored-port = /proc/xen/xsd_port\n";

	if (io_replace_file(path, text, strlen(text))) {
		perror(path);
		_exit(111);
	}
}

/* Lets a descriptor through exec and names it in the environment. */
static void pass_fd(const char *name, int fd)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", fd);
	setenv(name, number, 1);
	fcntl(fd, F_SETFD, 0);
}

static void log_path(const struct harness *h, char *buf, size_t size)
{
	snprintf(buf, size, "%s/daemon.log", h->dir);
}

void daemon_show_log(const struct harness *h)
{
	char path[96], text[4096];

	log_path(h, path, sizeof(path));
	if (io_read_file(path, text, sizeof(text)) > 0)
		fputs(text, stderr);
}

static void open_log(const struct harness *h)
{
	char path[96];
	int fd;

	log_path(h, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(111);
	close(fd);
}

_Noreturn void daemon_exec(const struct harness *h)
{
	char shim[4096], program[4096], config[96], map[96];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_log(h);
	if (!realpath("build/test/store/shim.so", shim) ||
	    !realpath(daemons[h->which].path, program)) {
		perror(daemons[h->which].path);
		_exit(111);
	}
	snprintf(map, sizeof(map), "%s/map", h->dir);
	pass_fd(BUS_ENV_DAEMON, h->wake[0]);
	pass_fd(BUS_ENV_GUESTS, h->wake[1]);
	/* Its heap keeps its size: in a machine within a machine each brk() costs. */
	setenv("MALLOC_TRIM_THRESHOLD_", "1000000000", 1);
	setenv("MALLOC_TOP_PAD_", "4194304", 1);
	setenv("LD_PRELOAD", shim, 1);
	setenv(BUS_ENV_FILE, map, 1);
	setenv("XENSTORED_RUNDIR", h->dir, 1);
	setenv("XENSTORED_ROOTDIR", h->dir, 1);
	if (h->which == DAEMON_C)
		execl(program, daemons[h->which].name, "-N", NULL);
	snprintf(config, sizeof(config), "%s/oxenstored.conf", h->dir);
	write_config(config);
	private_paths(h->dir);
	execl(program, daemons[h->which].name, "--no-fork", "--config-file", config, NULL);
	perror(program);
	_exit(111);
}

void harness_slow(struct harness *h, unsigned us)
{
	h->map->delay_us = us;
}

void harness_hang(struct harness *h, bool hang)
{
	int status;

	kill(h->daemon, hang ? SIGSTOP : SIGCONT);
	waitpid(h->daemon, &status, hang ? WUNTRACED : WCONTINUED);
}

/* Sends one line of the live update's dialogue; words are ended by NULs. 0 or -errno. */
static int update_say(struct harness *h, const char *words, size_t len, bool *busy)
{
	char *answer = xs_control_command(h->xs, "live-update", (void *)words, (unsigned)len);
	int r = !answer ? -errno : !strcmp(answer, "OK") || !strcmp(answer, "BUSY") ? 0 : -EPROTO;

	*busy = answer && !strcmp(answer, "BUSY");
	if (r == -EPROTO)
		fprintf(stderr, "harness: live update: %s\n", answer);
	free(answer);
	return r;
}

int harness_live_update(struct harness *h)
{
	char program[4096], words[4096 + 4];
	bool busy;
	size_t n;
	int r;

	if (!realpath(daemons[h->which].path, program))
		return -errno;
	n = (size_t)snprintf(words, sizeof(words), "-f%c%s", 0, program) + 1;
	r = update_say(h, words, n, &busy);
	do {
		if (!r)
			r = update_say(h, "-s", 3, &busy);
	} while (!r && busy);
	return r;
}
