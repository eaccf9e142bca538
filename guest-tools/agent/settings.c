/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest-tools/agent/guestlog.h"
#include "guest-tools/lib/authkeys.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "guest-tools/lib/netspec.h"
#include "guest-tools/proto/proto.h"

#define NET_PROGRAM "xlab-net"

enum {
	READY_FD = 3,
	STOP_MS = 5000, /* more than xlab-net takes for its own children */
	IMAGE_KEYS_MAX = 8192
};

static const struct link_ops *host;
static const char *root;
static pid_t net_pid;	   /* 0: none runs */
static int net_ready = -1; /* becomes readable when the network is ready, or xlab-net has ended */

static void net_start(const char *spec)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0) {
		log_warn("cannot start " NET_PROGRAM);
		return;
	}
	net_pid = fork();
	if (net_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		signal(SIGPIPE, SIG_DFL);
		setenv("XLAB_READY_FD", "3", 1);
		if (fd[1] == READY_FD)
			fcntl(READY_FD, F_SETFD, 0);
		else
			dup2(fd[1], READY_FD);
		execlp(NET_PROGRAM, NET_PROGRAM, spec, NULL);
		log_warn("cannot run " NET_PROGRAM);
		_exit(127);
	}
	close(fd[1]);
	net_ready = fd[0];
	if (net_pid > 0)
		return;
	net_pid = 0;
	log_warn("cannot start " NET_PROGRAM);
}

/* Reaps xlab-net if it has ended; it has said why. */
static void net_reap(void)
{
	if (net_pid && waitpid(net_pid, NULL, WNOHANG))
		net_pid = 0;
}

static void net_stop(void)
{
	const struct timespec tick = { 0, 10 * 1000 * 1000 };
	int64_t until = io_now_ms() + STOP_MS;

	if (net_ready >= 0)
		close(net_ready);
	net_ready = -1;
	net_reap();
	if (!net_pid)
		return;
	kill(net_pid, SIGTERM);
	while (net_pid && io_now_ms() < until) {
		nanosleep(&tick, NULL);
		net_reap();
	}
	if (!net_pid)
		return;
	kill(net_pid, SIGKILL);
	waitpid(net_pid, NULL, 0);
	net_pid = 0;
}

static void set_net(const char *val, size_t len)
{
	char why[NETSPEC_WHY] = "is not a text";
	struct netspec spec;

	if (strlen(val) != len || netspec_parse(val, &spec, why, sizeof(why))) {
		log_warnx("the host's network specification: %s", why);
		return;
	}
	net_stop();
	net_start(len ? val : "off");
}

static void set_keys(const char *val, size_t len)
{
	static char text[IMAGE_KEYS_MAX + XP_VALUE_MAX + 2];
	char path[PATH_MAX];
	const char *wrong = authkeys_check(val, len);
	mode_t mask;
	int n, r;

	if (wrong) {
		log_warnx("the host's ssh keys: the value %s", wrong);
		return;
	}
	snprintf(path, sizeof(path), "%s/etc/xlab/authorized_keys", root);
	n = io_read_file(path, text, IMAGE_KEYS_MAX);
	if (n < 0)
		n = 0;
	if (n && text[n - 1] != '\n')
		text[n++] = '\n';
	memcpy(text + n, val, len);
	n += (int)len;
	if (text[n - 1] != '\n')
		text[n++] = '\n';
	mask = umask(077);
	snprintf(path, sizeof(path), "%s/run/ssh", root);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		log_warn("cannot make %s", path);
	snprintf(path, sizeof(path), "%s/run/ssh/authorized_keys", root);
	r = io_replace_file(path, text, (size_t)n);
	umask(mask);
	if (r)
		log_warnx("cannot write %s: %s", path, strerror(-r));
}

static void set_log(const char *val, size_t len)
{
	(void)val, (void)len;
	guestlog_put(host);
}

/* Every value is looked at once. */
static struct setting {
	unsigned key;
	void (*set)(const char *val, size_t len);
	int len; /* -ENOENT before there was one */
	char val[XP_VALUE_MAX + 1];
} settings[] = {
	{ .key = XPK_NET, .set = set_net },
	{ .key = XPK_SSH_KEYS, .set = set_keys },
	{ .key = XPK_LOG_GET, .set = set_log },
};

enum { NSETTINGS = sizeof(settings) / sizeof(*settings) };

static void setting_look(struct setting *s)
{
	char val[sizeof(s->val)], path[XP_KEY_MAX];
	int n = host->get(s->key, val, sizeof(val));

	if (n == -EMSGSIZE && s->len != n)
		log_warnx("the host's %s is too long", xp_key_path(s->key, path));
	if (n == -EMSGSIZE)
		s->len = n;
	if (n < 0 || (n == s->len && !memcmp(s->val, val, (size_t)n)))
		return;
	memcpy(s->val, val, (size_t)n + 1);
	s->len = n;
	s->set(s->val, (size_t)n);
}

void settings_init(const struct link_ops *link, const char *below)
{
	host = link;
	root = below;
	for (size_t i = 0; i < NSETTINGS; i++)
		settings[i].len = -ENOENT;
}

void settings_look(void)
{
	net_reap();
	for (size_t i = 0; i < NSETTINGS; i++)
		setting_look(&settings[i]);
}

void settings_finish(int ms)
{
	int64_t until = io_now_ms() + ms;
	struct pollfd p = { .events = POLLIN };

	settings_look();
	p.fd = net_ready;
	while (p.fd >= 0 && !p.revents && io_now_ms() < until)
		poll(&p, 1, (int)(until - io_now_ms()));
	if (p.fd >= 0 && !p.revents) {
		log_warnx("the network is not ready after %d s: running without it", ms / 1000);
		net_stop();
	}
	net_reap();
}
