/* SPDX-License-Identifier: ISC */
#include "host/testbed.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/proc.h"
#include "host/qemu.h"

enum {
	BOX_CPUS = 1, /* a second one breaks HVM and PVH guests: see docs/testbed.md */
	BOX_MB = 3072,
	TAIL_LINES = 20,
	CONSOLE_MAX = 16 << 20, /* bytes of console that are kept */
};

static const char ready_line[] = "xlab-testbed: ready";

/* What the loop waits for; -1 while there is no such thing. */
enum { W_QEMU, W_CONSOLE, W_SSH, W_SIGNAL, W_FOLDER, W_CALLER, W_COUNT };

struct box {
	const struct testbed_opts *opts;
	struct pollfd watch[W_COUNT];
	pid_t qemu, ssh;
	int lock, log, port;
	int ready;
	long long started, until;
	size_t logged, len;
	char line[256];		/* of the console, as far as it has come */
	const char *end;	/* why it is over */
};

static int log_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd;
}

/* A free TCP port of the loopback interface: 0 < port, or -errno. */
static int free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&a, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		r = -errno;
	close(fd);
	return r < 0 ? r : ntohs(a.sin_port);
}

static int spawn_logged(const char *const argv[], const char *log, pid_t *pid, struct pollfd *watch)
{
	struct proc_opts o = {.in = PROC_NULL, .err = PROC_OUT};

	if ((o.out = log_file(log)) < 0)
		return o.out;
	*pid = proc_spawn(argv, &o);
	close(o.out);
	if (*pid < 0)
		return *pid;
	watch->fd = pidfd_open(*pid, 0);
	return watch->fd < 0 ? -errno : 0;
}

static void box_options(struct qemu *q, const struct box *b)
{
	qemu_add(q, "-kernel", "xen");
	qemu_add(q, "-append", "console=com1 com1=115200,8n1 dom0_mem=1024M,max:1024M "
		 "loglvl=warning guest_loglvl=warning");
	qemu_add(q, "-initrd", "vmlinux console=hvc0 quiet panic=1 xlab.xenstored=%s,initrd",
		 b->opts->xenstored);
	qemu_add(q, "-drive", "file=root.img,format=raw,if=virtio,snapshot=on");
	for (const char *const *s = (const char *const[]) {"state", "share", NULL}; *s; s++)
		qemu_add(q, "-virtfs", "local,path=%s,mount_tag=%s,security_model=none,multidevs=remap",
			 *s, *s);
	qemu_add(q, "-device", "virtio-rng-pci");
	qemu_add(q, "-netdev", "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-:22", b->port);
	qemu_add(q, "-device", "virtio-net-pci,netdev=net,romfile=");
	qemu_add(q, "-serial", "chardev:console");
}

static int start_qemu(struct box *b)
{
	struct qemu q;
	int theirs, r;

	qemu_init(&q, BOX_CPUS, BOX_MB);
	b->watch[W_CONSOLE].fd = qemu_add_socket(&q, "console", &theirs);
	if (b->watch[W_CONSOLE].fd < 0)
		return b->watch[W_CONSOLE].fd;
	box_options(&q, b);
	r = q.err ? q.err : spawn_logged(q.argv, "qemu.log", &b->qemu, &b->watch[W_QEMU]);
	close(theirs);
	return r;
}

/* The connection that all later ones share. It shows that ssh works, and is there when its socket is. */
static int start_ssh(struct box *b)
{
	static const char *const argv[] = {"ssh", "-F", "ssh_config", "-M", "-N", "dom0", NULL};

	return spawn_logged(argv, "ssh.log", &b->ssh, &b->watch[W_SSH]);
}

static void become_ready(struct box *b)
{
	struct testbed_info info = {
		.supervisor = getpid(), .port = b->port, .since = time(NULL),
		.boot_s = (double)(proc_clock_ms() - b->started) / 1000,
	};
	int end = log_file("end.log");

	info.until = info.since + b->opts->lifetime_s;
	snprintf(info.xenstored, sizeof info.xenstored, "%s", b->opts->xenstored);
	if (end < 0 || testbed_write(&info) < 0 || write(b->watch[W_CALLER].fd, "", 1) != 1) {
		b->end = "cannot say that it is ready";
		return;
	}
	close(b->watch[W_CALLER].fd);
	b->watch[W_CALLER].fd = -1;
	dup2(end, STDERR_FILENO);
	close(end);
	b->until = proc_clock_ms() + b->opts->lifetime_s * 1000LL;
	b->ready = 1;
}

static void on_line(struct box *b)
{
	if (b->ssh == 0 && strstr(b->line, ready_line) && start_ssh(b) < 0)
		b->end = "cannot start ssh";
}

static void on_console(struct box *b)
{
	char buf[4096];
	ssize_t n = read(b->watch[W_CONSOLE].fd, buf, sizeof buf);

	if (n <= 0) {
		close(b->watch[W_CONSOLE].fd);
		b->watch[W_CONSOLE].fd = -1;
		return;
	}
	if (b->logged < CONSOLE_MAX && io_write_all(b->log, buf, (size_t)n) < 0)
		b->end = "cannot write console.log";
	b->logged += (size_t)n;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != '\n' && b->len < sizeof b->line - 1) {
			b->line[b->len++] = buf[i];
			continue;
		}
		b->line[b->len] = '\0';
		b->len = 0;
		on_line(b);
	}
}

static void on_qemu(struct box *b)
{
	b->end = "QEMU ended (see qemu.log and console.log)";
}

/* Later ones make their own connections: slower, but no reason to end. */
static void on_ssh(struct box *b)
{
	close(b->watch[W_SSH].fd);
	b->watch[W_SSH].fd = -1;
	proc_wait(b->ssh, 0);
	if (!b->ready)
		b->end = "dom0 does not let us in (see ssh.log)";
}

static void on_signal(struct box *b)
{
	b->end = "ended by a signal";
}

/* Something in the folder came or went: perhaps the lock, or ssh's socket. */
static void on_folder(struct box *b)
{
	char events[4096];
	struct stat named, held;

	if (read(b->watch[W_FOLDER].fd, events, sizeof events) < 0)
		b->end = "cannot watch the folder";
	if (stat("lock", &named) < 0 || fstat(b->lock, &held) < 0 || named.st_ino != held.st_ino)
		b->end = "the lock was removed";
	else if (!b->ready && b->watch[W_SSH].fd >= 0 && access("ssh.sock", F_OK) == 0)
		become_ready(b);
}

static void on_caller(struct box *b)
{
	b->watch[W_CALLER].fd = -1;
	b->end = "interrupted";
}

static void (*const handlers[W_COUNT])(struct box *) = {
	[W_QEMU] = on_qemu, [W_CONSOLE] = on_console, [W_SSH] = on_ssh,
	[W_SIGNAL] = on_signal, [W_FOLDER] = on_folder, [W_CALLER] = on_caller,
};

static void loop(struct box *b)
{
	while (!b->end) {
		int r = poll(b->watch, W_COUNT, proc_left_ms(b->until));

		if (r == 0)
			b->end = b->ready ? "its lifetime is over" : "not ready in time";
		else if (r < 0 && errno != EINTR)
			b->end = "cannot poll";
		/* The console comes first of all: a line that explains may precede an end. */
		if (r > 0 && b->watch[W_CONSOLE].revents)
			on_console(b);
		for (int i = 0; r > 0 && i < W_COUNT && !b->end; i++)
			if (i != W_CONSOLE && b->watch[i].revents)
				handlers[i](b);
	}
}

/* The last lines of a log, without what could confuse a terminal. */
static void show_tail(const char *name)
{
	char text[8192];
	int fd = open(name, O_RDONLY | O_CLOEXEC), lines = 0;
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	ssize_t n = size < 0 ? 0 : pread(fd, text, sizeof text - 1, size > 8191 ? size - 8191 : 0);
	ssize_t i = n > 0 ? n : 0;

	if (fd >= 0)
		close(fd);
	while (i > 0 && (text[i - 1] != '\n' || i == n || ++lines < TAIL_LINES))
		i--;
	for (; i < n; i++)
		if (text[i] == '\n' || isprint((unsigned char)text[i]))
			fputc(text[i], stderr);
	if (n > 0 && text[n - 1] != '\n')
		fputc('\n', stderr);
}

static int watch_folder(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), r;

	if (fd < 0)
		return -errno;
	r = inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF);
	return r < 0 ? -errno : fd;
}

static int watch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Everything up to the loop. On failure *what says what was being done. */
static int box_start(struct box *b, const char **what)
{
	int r;

	*what = "cannot watch for signals";
	if ((r = b->watch[W_SIGNAL].fd = watch_signals()) < 0)
		return r;
	*what = "cannot find a free port";
	if ((r = b->port = free_port()) < 0)
		return r;
	if ((r = testbed_prepare(b->opts, b->port, what)) < 0)
		return r;
	*what = "cannot watch the folder";
	if ((r = b->watch[W_FOLDER].fd = watch_folder()) < 0)
		return r;
	*what = "cannot write console.log";
	if ((r = b->log = log_file("console.log")) < 0)
		return r;
	*what = "cannot start QEMU (qemu-system-x86)";
	return start_qemu(b);
}

static void box_stop(struct box *b)
{
	unlink("ready.json");
	if (b->watch[W_SSH].fd >= 0)
		proc_stop(b->ssh, SIGTERM, 1000);
	if (b->qemu > 0)
		proc_stop(b->qemu, SIGTERM, 5000);
}

static int supervise(struct box *b)
{
	const char *what;
	int r = box_start(b, &what);

	if (r < 0) {
		errno = -r;
		log_warn("testbed: %s", what);
	} else {
		loop(b);
		log_info("testbed: %s", b->end);
		if (b->watch[W_CALLER].fd >= 0) {
			show_tail("qemu.log");
			show_tail("console.log");
		}
	}
	box_stop(b);
	return b->ready ? EXIT_OK : EXIT_SYSTEM;
}

int testbed_supervise(const struct testbed_opts *o, int report)
{
	struct box b = {.opts = o, .started = proc_clock_ms()};
	unsigned char status = EXIT_SYSTEM;

	b.until = b.started + o->deadline_s * 1000LL;
	for (int i = 0; i < W_COUNT; i++)
		b.watch[i] = (struct pollfd) {.fd = -1, .events = POLLIN};
	b.watch[W_CALLER] = (struct pollfd) {.fd = report, .events = 0};
	if (chdir(o->dir) < 0) {
		log_warn("testbed: %s", o->dir);
	} else if ((b.lock = testbed_lock()) == -EAGAIN) {
		log_warnx("testbed: there is one already in %s: xlab testbed down ends it", o->dir);
		status = EXIT_USAGE;
	} else if (b.lock < 0) {
		errno = -b.lock;
		log_warn("testbed: %s/lock", o->dir);
	} else {
		status = (unsigned char)supervise(&b);
	}
	if (!b.ready && write(report, &status, 1) < 0)
		return EXIT_SYSTEM;
	return status;
}
