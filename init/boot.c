/* SPDX-License-Identifier: ISC */
#include "init/boot.h"

#include "init/klog.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PRINTK "/proc/sys/kernel/printk"

struct boot_mount {
	const char *type, *target, *options;
	unsigned long flags;
	bool optional;	/* not every kernel or mode has it */
};

/* In order: what is below another comes after it. */
static const struct boot_mount mounts[] = {
	{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false },
	{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID, false },
	{ "devpts", "/dev/pts", "mode=0620,ptmxmode=0666", MS_NOSUID | MS_NOEXEC, false },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV, false },
	{ "tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV, false },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV, false },
	{ "xenfs", "/proc/xen", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
	{ "tracefs", "/sys/kernel/tracing", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
	{ "cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true },
};

static const struct {
	const char *path;
	mode_t mode;
} folders[] = {
	{ "/run/ssh", 0700 },	/* root's ~/.ssh, and dropbear's key */
	{ "/run/xlab", 0755 },
};

static void mount_one(const struct boot_mount *m)
{
	if (strchr(m->target + 1, '/')) /* in a file system that was empty; others are the image's */
		mkdir(m->target, 0755);
	if (mount(m->type, m->target, m->type, m->flags, m->options) == 0)
		return;
	if (errno == EBUSY) /* the kernel was first */
		return;
	if (m->optional && (errno == ENOENT || errno == ENODEV))
		return;
	klog(KLOG_WARN, "cannot mount %s: %m", m->target);
}

void boot_mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		mount_one(&mounts[i]);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i].path, folders[i].mode) < 0 && errno != EEXIST)
			klog(KLOG_WARN, "cannot make %s: %m", folders[i].path);
}

ssize_t boot_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

static bool set_hostname(const char *name)
{
	bool done = sethostname(name, strlen(name)) == 0;

	if (!done)
		klog(KLOG_WARN, "cannot set the host name to %s: %m", name);
	return done;
}

void boot_hostname(const char *name)
{
	char text[65];

	if (*name && set_hostname(name))
		return;
	boot_read("/etc/hostname", text, sizeof(text));
	text[strcspn(text, " \t\n")] = '\0';
	set_hostname(*text ? text : "xlab");
}

void boot_clock(void)
{
	struct timespec now;
	struct stat image;

	if (stat("/sbin/init", &image) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    now.tv_sec >= image.st_mtime)
		return;
	klog(KLOG_WARN, "the clock is before the image was made: setting it to that");
	if (clock_settime(CLOCK_REALTIME, &image.st_mtim) < 0)
		klog(KLOG_WARN, "cannot set the clock: %m");
}

void boot_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		klog(KLOG_WARN, "cannot bring up lo: %m");
	if (fd >= 0)
		close(fd);
}

static bool put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return done;
}

/* The first number in the file is the level below which messages reach the consoles. */
static bool console_is_quieter_than(char level)
{
	char text[3];

	return boot_read(PRINTK, text, sizeof(text)) == 2 && isspace((unsigned char)text[1]) &&
	       text[0] < level;
}

void boot_kmsg(bool verbose)
{
	const char *level = verbose ? "7\n" : "5\n";

	if (!put_file(PRINTK "_devkmsg", "on\n") ||
	    (console_is_quieter_than(*level) && !put_file(PRINTK, level)))
		klog(KLOG_INFO, "cannot open up the kernel log: %m");
}
