/* SPDX-License-Identifier: ISC */
/* What is done before the first service, and that what fails is passed over. The kernel is played here. */
#include "init/boot.h"

#include "tests/unit/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *host_file;	/* what /etc/hostname says; NULL: there is none */
static int mount_error, mkdir_error;
static time_t clock_is, image_is, clock_set;
static bool clock_fixed, lo_up;
static char calls[1024], host[128];

static void called(const char *what, const char *of, const char *more)
{
	size_t len = strlen(calls);

	snprintf(calls + len, sizeof(calls) - len, "%s %s%s\n", what, of, more);
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data)
{
	assert_string_equal(source, type);
	assert_true(flags & MS_NOSUID);
	called(target, type, data ? data : "");
	errno = mount_error;
	return mount_error ? -1 : 0;
}

int mkdir(const char *path, mode_t mode)
{
	char text[16];

	snprintf(text, sizeof(text), " %o", mode);
	called("mkdir", path, text);
	errno = mkdir_error;
	return mkdir_error ? -1 : 0;
}

int open(const char *path, int flags, ...)
{
	int fd;

	(void)flags;
	errno = ENOENT;
	if (!host_file || strcmp(path, "/etc/hostname"))
		return -1;
	fd = memfd_create("hostname", MFD_CLOEXEC);
	assert_int_equal(write(fd, host_file, strlen(host_file)), strlen(host_file));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

int sethostname(const char *name, size_t len)
{
	errno = EINVAL;
	if (len > 64)
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)len, name);
	return 0;
}

int stat(const char *path, struct stat *st)
{
	assert_string_equal(path, "/sbin/init");
	st->st_mtim = (struct timespec){ .tv_sec = image_is };
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){ .tv_sec = clock_is };
	return 0;
}

int clock_settime(clockid_t clock, const struct timespec *now)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	clock_set = now->tv_sec;
	errno = EPERM;
	return clock_fixed ? -1 : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	const struct ifreq *ifr;
	va_list ap;

	assert_true(fd >= 0);
	assert_int_equal(request, SIOCSIFFLAGS);
	va_start(ap, request);
	ifr = va_arg(ap, const struct ifreq *);
	va_end(ap);
	assert_string_equal(ifr->ifr_name, "lo");
	lo_up = ifr->ifr_flags & IFF_UP;
	return 0;
}

static int begin(void **unused)
{
	(void)unused;
	fake_reset();
	host_file = NULL;
	mount_error = mkdir_error = 0;
	clock_is = 2000000000, image_is = 1767225600, clock_set = 0;
	clock_fixed = lo_up = false;
	calls[0] = host[0] = '\0';
	return 0;
}

static void mounts(void **unused)
{
	(void)unused;
	boot_mount_all();
	assert_string_equal(calls, "/proc proc\n"
				   "/sys sysfs\n"
				   "/dev devtmpfsmode=0755\n"
				   "mkdir /dev/pts 755\n"
				   "/dev/pts devptsmode=0620,ptmxmode=0666\n"
				   "mkdir /dev/shm 755\n"
				   "/dev/shm tmpfsmode=1777\n"
				   "/run tmpfsmode=0755\n"
				   "/tmp tmpfsmode=1777\n"
				   "mkdir /proc/xen 755\n"
				   "/proc/xen xenfs\n"
				   "mkdir /sys/kernel/tracing 755\n"
				   "/sys/kernel/tracing tracefs\n"
				   "mkdir /sys/fs/cgroup 755\n"
				   "/sys/fs/cgroup cgroup2\n"
				   "mkdir /run/ssh 700\n"
				   "mkdir /run/xlab 755\n");
	assert_string_equal(fake_warnings, "");
}

/* None of which keeps the others from being tried. */
static void mounts_that_fail(void **unused)
{
	static const char some[] = "cannot mount /proc: No such device\n"
				   "cannot mount /sys: No such device\n"
				   "cannot mount /dev: No such device\n"
				   "cannot mount /dev/pts: No such device\n"
				   "cannot mount /dev/shm: No such device\n"
				   "cannot mount /run: No such device\n"
				   "cannot mount /tmp: No such device\n";

	(void)unused;
	mount_error = EBUSY;
	mkdir_error = EEXIST;
	boot_mount_all();
	assert_string_equal(fake_warnings, "");
	mount_error = ENODEV;
	boot_mount_all();
	assert_string_equal(fake_warnings, some);
	begin(unused);
	mount_error = EPERM;
	mkdir_error = EROFS;
	boot_mount_all();
	assert_non_null(strstr(fake_warnings, "cannot mount /proc/xen: Operation not permitted\n"));
	assert_non_null(strstr(fake_warnings, "cannot make /run/xlab: Read-only file system\n"));
}

static void host_names(void **unused)
{
	static const struct {
		const char *asked, *file, *want;
	} cases[] = {
		{ "", NULL, "xlab" },
		{ "", "", "xlab" },
		{ "", "\n", "xlab" },
		{ "", "one two\n", "one" },
		{ "", "one", "one" },
		{ "asked", "one\n", "asked" },
		{ "asked", NULL, "asked" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		host_file = cases[i].file;
		boot_hostname(cases[i].asked);
		assert_string_equal(host, cases[i].want);
	}
	assert_string_equal(fake_warnings, "");
}

#define NAME_64 "a-name-of-64-bytes-a-name-of-64-bytes-a-name-of-64-bytes-a-name-"

/* The name is then that of a guest that was given none. */
static void host_name_too_long(void **unused)
{
	static const char warning[] =
		"cannot set the host name to " NAME_64 "-: Invalid argument\n";

	(void)unused;
	boot_hostname(NAME_64);
	assert_string_equal(host, NAME_64);
	assert_string_equal(fake_warnings, "");
	boot_hostname(NAME_64 "-");
	assert_string_equal(host, "xlab");
	assert_string_equal(fake_warnings, warning);
	begin(unused);
	host_file = "of-the-image\n";
	boot_hostname(NAME_64 "-");
	assert_string_equal(host, "of-the-image");
	assert_string_equal(fake_warnings, warning);
}

static void clocks(void **unused)
{
	(void)unused;
	boot_clock();
	clock_is = image_is;
	boot_clock();
	assert_int_equal(clock_set, 0);
	assert_string_equal(fake_warnings, "");
	clock_is = image_is - 1;
	boot_clock();
	assert_int_equal(clock_set, image_is);
	assert_string_equal(fake_warnings, "the clock is before the image was made: setting it to that\n");
	clock_fixed = true;
	boot_clock();
	assert_non_null(strstr(fake_warnings, "cannot set the clock: Operation not permitted\n"));
}

static void loopback(void **unused)
{
	(void)unused;
	boot_loopback();
	assert_true(lo_up);
	assert_string_equal(fake_warnings, "");
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mounts),
		TEST(mounts_that_fail),
		TEST(host_names),
		TEST(host_name_too_long),
		TEST(clocks),
		TEST(loopback),
	};

	return cmocka_run_group_tests_name("init_boot", tests, NULL, NULL);
}
