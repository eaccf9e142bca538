/* SPDX-License-Identifier: ISC */
#include "host/testbed.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"

/* What begins anew with each start; folders are left to QEMU's share, whose old logs go. */
static const char *const stale[] = {
	"ready.json", "console.log", "qemu.log", "ssh.log", "end.log", "ssh.sock",
	"xen", "vmlinux", "initrd", "root.img", "share",
};

int testbed_lock(void)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600), r;

	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLK, &whole) == 0)
		return fd;
	r = errno == EACCES ? -EAGAIN : -errno;
	close(fd);
	return r;
}

pid_t testbed_owner(const char *dir)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[PATH_MAX];
	int fd, r;

	if ((size_t)snprintf(path, sizeof path, "%s/lock", dir) >= sizeof path)
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = fcntl(fd, F_GETLK, &whole) < 0 ? -errno : 0;
	close(fd);
	return r < 0 ? r : whole.l_type == F_UNLCK ? 0 : whole.l_pid;
}

int testbed_read(const char *dir, struct testbed_info *info)
{
	char path[PATH_MAX], text[512];
	const char *xenstored;
	json_t *json;
	int r;

	if ((size_t)snprintf(path, sizeof path, "%s/ready.json", dir) >= sizeof path)
		return -ENAMETOOLONG;
	if ((r = io_read_file(path, text, sizeof text)) < 0)
		return r;
	json = json_loads(text, 0, NULL);
	r = json_unpack(json, "{s:i, s:i, s:I, s:I, s:F, s:s}", "supervisor", &info->supervisor,
			"port", &info->port, "since", &info->since, "until", &info->until,
			"boot_s", &info->boot_s, "xenstored", &xenstored);
	if (r == 0)
		snprintf(info->xenstored, sizeof info->xenstored, "%s", xenstored);
	json_decref(json);
	return r == 0 ? 0 : -EPROTO;
}

int testbed_write(const struct testbed_info *info)
{
	json_t *json = json_pack("{s:i, s:i, s:I, s:I, s:f, s:s}", "supervisor", info->supervisor,
				 "port", info->port, "since", info->since, "until", info->until,
				 "boot_s", info->boot_s, "xenstored", info->xenstored);
	char *text = json ? json_dumps(json, JSON_REAL_PRECISION(4)) : NULL;
	int r = text ? io_replace_file("ready.json", text, strlen(text)) : -ENOMEM;

	free(text);
	json_decref(json);
	return r;
}

static int remove_old(const struct testbed_opts *o, int port)
{
	const char *const rm[] = {"rm", "-rf", "--", "state", NULL};
	int r = proc_run(rm, NULL);

	(void)o;
	(void)port;
	for (size_t i = 0; r == 0 && i < sizeof stale / sizeof stale[0]; i++)
		if (unlink(stale[i]) < 0 && errno != ENOENT)
			r = -errno;
	return r > 0 ? -EIO : r;
}

/* QEMU runs in this folder and sees names with no comma and no space in them. */
static int make_links(const struct testbed_opts *o, int port)
{
	static const char *const dom0[] = {"vmlinux", "initrd", "root.img"};
	char path[PATH_MAX];

	(void)port;
	for (size_t i = 0; i < sizeof dom0 / sizeof dom0[0]; i++) {
		if ((size_t)snprintf(path, sizeof path, "%s/%s", o->dom0, dom0[i]) >= sizeof path)
			return -ENAMETOOLONG;
		if (symlink(path, dom0[i]) < 0)
			return -errno;
	}
	return symlink(o->xen, "xen") < 0 || symlink(o->share, "share") < 0 ? -errno : 0;
}

static int make_key(const char *file)
{
	const char *const argv[] = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
				    "xlab-testbed", "-f", file, NULL};
	struct proc_opts o = {.in = PROC_NULL, .out = PROC_NULL, .deadline_ms = 30000};
	int r;

	if (unlink(file) < 0 && errno != ENOENT)
		return -errno;
	r = proc_run(argv, &o);
	return r > 0 ? -EIO : r;
}

/* dom0 gets its own secret key and our public one, we the other halves. */
static int make_keys(const struct testbed_opts *o, int port)
{
	char key[512], line[sizeof key + 8];
	int r;

	(void)o;
	(void)port;
	if (mkdir("state", 0700) < 0 || mkdir("state/ssh", 0700) < 0)
		return -errno;
	if ((r = make_key("state/ssh/host_key")) < 0 || (r = make_key("client_key")) < 0)
		return r;
	if (rename("client_key.pub", "state/ssh/authorized_keys") < 0)
		return -errno;
	if ((r = io_read_file("state/ssh/host_key.pub", key, sizeof key)) < 0)
		return r;
	r = snprintf(line, sizeof line, "dom0 %s", key);
	return io_replace_file("known_hosts", line, (size_t)r);
}

static int make_config(const struct testbed_opts *o, int port)
{
	static const char config[] =
		"Host dom0\n"
		"HostName 127.0.0.1\n"
		"Port %d\n"
		"User root\n"
		"IdentityFile client_key\n"
		"IdentitiesOnly yes\n"
		"IdentityAgent none\n"
		"HostKeyAlias dom0\n"
		"UserKnownHostsFile known_hosts\n"
		"GlobalKnownHostsFile /dev/null\n"
		"StrictHostKeyChecking yes\n"
		"BatchMode yes\n"
		"ControlPath ssh.sock\n"
		"ServerAliveInterval 30\n"
		"ServerAliveCountMax 10\n"
		"LogLevel ERROR\n";
	char text[sizeof config + 8];
	int n = snprintf(text, sizeof text, config, port);

	(void)o;
	return io_replace_file("ssh_config", text, (size_t)n);
}

int testbed_prepare(const struct testbed_opts *o, int port, const char **what)
{
	static const struct {
		const char *what;
		int (*run)(const struct testbed_opts *o, int port);
	} steps[] = {
		{"cannot remove what the last testbed left", remove_old},
		{"cannot link to the box's files", make_links},
		{"cannot make ssh keys (openssh-client)", make_keys},
		{"cannot write ssh_config", make_config},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof steps / sizeof steps[0]; i++) {
		*what = steps[i].what;
		r = steps[i].run(o, port);
	}
	return r;
}
