/* SPDX-License-Identifier: ISC */
#include "tests/ns/guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 120000	/* others use the machine too */
#define RETRY_MS 5

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | \
		    CLONE_NEWIPC)

static char root[PATH_MAX] = "/tmp/xlab-ns-XXXXXX";
static pid_t init_pid;
static struct timespec booted;

static const char *below(const char *path)
{
	static char full[2][PATH_MAX + 256];
	static int turn;

	turn = !turn;
	snprintf(full[turn], sizeof(full[turn]), "%s%s", root, path);
	return full[turn];
}

static const char *env_or(const char *name, const char *fallback)
{
	return getenv(name) ? getenv(name) : fallback;
}

static const char *busybox(void)
{
	static const char built[] = "build/sysroot/busybox/busybox";

	return env_or("BUSYBOX", access(built, X_OK) == 0 ? built : "/bin/busybox");
}

static int copy_program(const char *from, const char *to)
{
	char cmd[3 * PATH_MAX];

	snprintf(cmd, sizeof(cmd), "install -m 755 '%s' '%s%s'", from, root, to);
	return system(cmd) == 0 ? 0 : -1;
}

__attribute__((format(printf, 3, 4))) static void put_file(const char *path, mode_t mode,
							   const char *fmt, ...)
{
	FILE *f = fopen(below(path), "w");
	va_list ap;

	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fchmod(fileno(f), mode);
	assert_int_equal(fclose(f), 0);
}

int guest_make_root(void **state)
{
	static const char *const folders[] = {
		"/bin", "/sbin", "/usr", "/usr/bin", "/usr/sbin", "/dev", "/out", "/etc",
		"/etc/xlab", "/etc/xlab/services.d",
	};

	(void)state;
	if (!mkdtemp(root) || chmod(root, 0755) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(below(folders[i]), 0755) < 0)
			return -1;
	chmod(below("/out"), 0777);
	close(open(below("/dev/null"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	if (copy_program(busybox(), "/bin/busybox") < 0 || symlink("busybox", below("/bin/sh")) < 0)
		return -1;
	put_file("/etc/passwd", 0644, "root:x:0:0:root:/root:/bin/sh\nnobody:x:%d:%d::/:/bin/sh\n",
		 geteuid() == 0 ? 65534 : 0, geteuid() == 0 ? 65534 : 0);
	if (copy_program("build/guest/hostile", "/bin/hostile") < 0 ||
	    copy_program("build/guest/xlab-ctl", "/usr/bin/xlab-ctl") < 0)
		return -1;
	return copy_program(env_or("XLAB_INIT", "build/guest/xlab-init"), "/sbin/init");
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int guest_remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void empty(const char *folder)
{
	nftw(below(folder), remove_one, 8, FTW_DEPTH | FTW_PHYS);
	mkdir(below(folder), 0777);
	chmod(below(folder), 0777);
}

int guest_end(void **state)
{
	(void)state;
	if (init_pid > 0) {
		kill(init_pid, SIGKILL);
		waitpid(init_pid, NULL, 0);
		init_pid = 0;
	}
	empty("/etc/xlab/services.d");
	empty("/out");
	return 0;
}

void guest_put_service(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/etc/xlab/services.d/%s", name);
	put_file(path, 0644, "%s", text);
}

void guest_put_script(const char *name, const char *script)
{
	char path[128];

	snprintf(path, sizeof(path), "/usr/bin/%s", name);
	put_file(path, 0755, "#!/bin/sh\n%s\n", script);
}

void guest_put_agent(const char *script)
{
	guest_put_script("xlab-agent", script);
	guest_put_service("agent", "command = /usr/bin/xlab-agent\n");
}

static void write_proc(const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", init_pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text)) > 0);
	close(fd);
}

/*
 * Where we may, users who are nobody on this machine: as its root the guest could write to its
 * /proc/sys.
 */
static void map_users(void)
{
	char map[64];

	if (geteuid() == 0) {
		write_proc("uid_map", "0 100000 65536\n");
		write_proc("gid_map", "0 100000 65536\n");
		return;
	}
	write_proc("setgroups", "deny");
	snprintf(map, sizeof(map), "0 %d 1\n", getuid());
	write_proc("uid_map", map);
	snprintf(map, sizeof(map), "0 %d 1\n", getgid());
	write_proc("gid_map", map);
}

static bool bind(const char *from, const char *to)
{
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0;
}

static void put_mount_points(enum guest_root kind)
{
	static const char *const folders[] = { "/proc", "/sys", "/run", "/tmp" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (kind == GUEST_FULL)
			mkdir(below(folders[i]), 0755);
		else
			rmdir(below(folders[i]));
	}
}

/* Makes the folder a mount of its own, which can be read-only, with /out writable in it. */
static bool mount_root(enum guest_root kind)
{
	return bind(root, root) && bind("/dev/null", below("/dev/null")) &&
		bind(below("/out"), below("/out")) &&
		(kind == GUEST_FULL ||
		 mount(NULL, root, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
}

/* In the new namespaces, once go says that users are mapped. */
_Noreturn static void become_init(enum guest_root kind, int go)
{
	static char *const argv[] = { "/sbin/init", NULL }, *const env[] = { NULL };
	char c;
	int log;

	if (read(go, &c, 1) != 1 || setgid(0) < 0 || setuid(0) < 0 || !mount_root(kind))
		_exit(101);
	log = open(below("/out/log"), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || chroot(root) < 0 || chdir("/") < 0)
		_exit(102);
	execve(argv[0], argv, env);
	_exit(103);
}

void guest_boot(enum guest_root kind)
{
	int go[2];

	put_mount_points(kind);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	clock_gettime(CLOCK_MONOTONIC, &booted);
	init_pid = (pid_t)syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (init_pid < 0 && (errno == EPERM || errno == ENOSPC))
		skip();
	assert_true(init_pid >= 0);
	if (init_pid == 0)
		become_init(kind, go[0]);
	map_users();
	assert_int_equal(write(go[1], "x", 1), 1);
	close(go[0]);
	close(go[1]);
}

void guest_signal(int sig)
{
	assert_int_equal(kill(init_pid, sig), 0);
}

const char *guest_read(const char *name)
{
	static char text[1 << 16];
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/out/%s", name);
	f = fopen(below(path), "re");
	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

int guest_count(const char *name, const char *text)
{
	int n = 0;

	for (const char *p = guest_read(name); (p = strstr(p, text)); p += strlen(text))
		n++;
	return n;
}

/* The state and parent of a process, as in proc_pid_stat(5). */
static bool read_stat(const char *pid, char *state, int *parent)
{
	char path[300], text[512], *after;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	after = strrchr(text, ')');
	return after && sscanf(after, ") %c %d", state, parent) == 2;
}

int guest_children(bool zombies)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int parent, n = 0;
	char state;

	assert_non_null(proc);
	while ((e = readdir(proc)))
		if (*e->d_name >= '1' && *e->d_name <= '9' && read_stat(e->d_name, &state, &parent) &&
		    parent == init_pid && (!zombies || state == 'Z'))
			n++;
	closedir(proc);
	return n;
}

long guest_cpu_ms(void)
{
	char path[64], text[512], *after = NULL;
	unsigned long user = 0, system = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", init_pid);
	f = fopen(path, "re");
	assert_non_null(f);
	if (fgets(text, sizeof(text), f))
		after = strrchr(text, ')');
	fclose(f);
	assert_non_null(after);
	/* fields 14 and 15, proc_pid_stat(5) */
	assert_int_equal(sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system), 2);
	return (long)((user + system) * 1000) / sysconf(_SC_CLK_TCK);
}

long guest_age_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - booted.tv_sec) * 1000 + (now.tv_nsec - booted.tv_nsec) / 1000000;
}

/* For a loop "until this is so": pauses, and fails the test with the log when time is up. */
static void retry(long began, const char *what)
{
	if (guest_age_ms() - began > DEADLINE_MS)
		fail_msg("waited in vain for %s; the guest's log:\n%s", what, guest_read("log"));
	poll(NULL, 0, RETRY_MS);
}

void guest_await(const char *name, const char *text, int n)
{
	long began = guest_age_ms();

	while (guest_count(name, text) < n)
		retry(began, text);
}

void guest_await_children(int n)
{
	long began = guest_age_ms();

	while (guest_children(false) != n || guest_children(true) != 0)
		retry(began, "children to be reaped");
}

int guest_await_end(void)
{
	long began = guest_age_ms();
	int status;
	pid_t pid;

	while ((pid = waitpid(init_pid, &status, WNOHANG)) == 0)
		retry(began, "process 1 to end");
	assert_int_equal(pid, init_pid);
	init_pid = 0;
	if (!WIFSIGNALED(status))
		fail_msg("process 1 ended with status %d; its log:\n%s", WEXITSTATUS(status),
			 guest_read("log"));
	return WTERMSIG(status);
}
