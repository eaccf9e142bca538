/* SPDX-License-Identifier: ISC */
#include "tests/bench/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* No network of its own, and a root without /proc and /sys: what brings those up is an rc script for
 * most programs here, and not what is compared. */
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)
#define LOOK_MS 100	/* how often to look whether process 1 is still there */

/* The way of the child's words to us: the stamp, and after it an errno if execve failed. */
struct ends {
	int go[2], word[2];
};

uint64_t boot_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int write_proc(pid_t pid, const char *file, const char *text)
{
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int map_users(pid_t pid)
{
	char map[64];
	int r = write_proc(pid, "setgroups", "deny");

	snprintf(map, sizeof(map), "0 %d 1\n", getuid());
	if (r == 0)
		r = write_proc(pid, "uid_map", map);
	snprintf(map, sizeof(map), "0 %d 1\n", getgid());
	return r < 0 ? r : write_proc(pid, "gid_map", map);
}

static int enter_root(const char *root)
{
	char null[PATH_MAX];

	snprintf(null, sizeof(null), "%s/dev/null", root);
	if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount("/dev/null", null, NULL, MS_BIND, NULL) < 0 || chroot(root) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static void redirect(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int log = open("/out/log", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);

	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
}

/* In the new namespaces, once go says that users are mapped. */
_Noreturn static void become_init(const char *root, char *const argv[], const struct ends *p)
{
	static char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TERM=linux",
				     NULL };
	uint64_t words[2] = { 0, 0 };
	int r;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(p->go[1]);
	if (read(p->go[0], &c, 1) != 1)
		_exit(111);
	if ((r = enter_root(root)) == 0) {
		redirect();
		words[0] = boot_clock_ns();
		if (write(p->word[1], &words[0], sizeof(words[0])) < 0)
			_exit(111);
		execve(argv[0], argv, env);
		r = -errno;
	}
	words[1] = (uint64_t)-r;
	if (words[0] ? write(p->word[1], &words[1], sizeof(words[1])) < 0 :
		       write(p->word[1], words, sizeof(words)) < 0)
		_exit(111);
	_exit(127);
}

static int open_ends(struct ends *p)
{
	if (pipe2(p->go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(p->word, O_CLOEXEC) == 0)
		return 0;
	close(p->go[0]);
	close(p->go[1]);
	return -errno;
}

/* Reads the stamp and what may follow it until execve has closed the other end. */
static int await_exec(struct boot *b, int fd)
{
	uint64_t words[2] = { 0, 0 };
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(words) && (n = read(fd, (char *)words + len, sizeof(words) - len)) > 0)
		len += (size_t)n;
	b->exec_ns = words[0];
	return len == sizeof(words[0]) ? 0 : words[1] ? -(int)words[1] : -ECHILD;
}

int boot_start(struct boot *b, const char *root, char *const argv[])
{
	char path[PATH_MAX];
	struct ends p;
	int r;

	*b = (struct boot){ .root = root, .fifo = -1 };
	snprintf(path, sizeof(path), "%s" EVENT_FIFO, root);
	if ((b->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
		return -errno;
	if ((r = open_ends(&p)) < 0)
		return r;
	b->pid = (pid_t)syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
	r = b->pid < 0 ? -errno : 0;
	if (b->pid == 0)
		become_init(root, argv, &p);
	close(p.go[0]);
	close(p.word[1]);
	if (r == 0 && (r = map_users(b->pid)) == 0 && write(p.go[1], "x", 1) == 1)
		r = await_exec(b, p.word[0]);
	close(p.go[1]);
	close(p.word[0]);
	if (r < 0)
		boot_end(b);
	return r;
}

int boot_next(struct boot *b, struct event *e, int ms)
{
	uint64_t end = boot_clock_ns() + (uint64_t)ms * 1000000, now;
	struct pollfd p = { .fd = b->fifo, .events = POLLIN };
	siginfo_t si = { .si_pid = 0 };

	while ((now = boot_clock_ns()) < end) {
		int left = (int)((end - now) / 1000000) + 1;

		if (poll(&p, 1, left < LOOK_MS ? left : LOOK_MS) > 0)
			return read(b->fifo, e, sizeof(*e)) == sizeof(*e) ? 0 : -EIO;
		if (waitid(P_PID, (id_t)b->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid)
			return -ECHILD;
	}
	return -ETIMEDOUT;
}

void boot_end(struct boot *b)
{
	if (b->pid > 0) {
		kill(b->pid, SIGKILL);
		waitpid(b->pid, NULL, 0);
	}
	if (b->fifo >= 0)
		close(b->fifo);
	b->pid = 0;
	b->fifo = -1;
}

void boot_last_line(const struct boot *b, char *line, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/out/log", b->root);
	f = fopen(path, "re");
	*line = '\0';
	while (f && fgets(line, (int)size, f))
		line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
}
