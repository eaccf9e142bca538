/* SPDX-License-Identifier: ISC */
#include "guest-tools/mode/mode.h"

#include <cpuid.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HV_LEAF 0x40000000u
#define HV_LEAF_STEP 0x100u	/* with Viridian on, Xen's leaves move up by this */
#define HV_LEAF_END 0x40010000u
/* PID_NS_INIT_INO of linux/nsfs.h, PROC_PID_INIT_INO of linux/proc_ns.h before 6.18. */
#define PID_SPACE_MACHINE "pid:[4026531836]"

#define HV_BIT (1u << 31)	/* leaf 1, ecx */

/* Copies what fits. */
static void copy_cut(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
}

static FILE *open_below(const char *root, const char *path)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return NULL;
	return fopen(full, "re");
}

/* The first line of a file without its end; empty when there is none. */
static void read_line(const char *root, const char *path, char *buf, size_t size)
{
	FILE *f = open_below(root, path);

	buf[0] = '\0';
	if (!f)
		return;
	if (!fgets(buf, (int)size, f))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

static void read_xen_version(const char *root, char *buf, size_t size)
{
	char major[8], minor[8], extra[16];

	read_line(root, "/sys/hypervisor/version/major", major, sizeof(major));
	read_line(root, "/sys/hypervisor/version/minor", minor, sizeof(minor));
	read_line(root, "/sys/hypervisor/version/extra", extra, sizeof(extra));
	if (*major)
		snprintf(buf, size, "%s.%s%s", major, minor, extra);
}

static void read_cpuinfo(const char *root, struct mode_evidence *ev)
{
	static const char model[] = "model name\t: ";
	FILE *f = open_below(root, "/proc/cpuinfo");
	char line[256];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "processor\t", 10) == 0)
			ev->cpus++;
		else if (strncmp(line, model, sizeof(model) - 1) == 0)
			copy_cut(ev->cpu_model, sizeof(ev->cpu_model), line + sizeof(model) - 1);
	}
	fclose(f);
}

/* As far as this process may use them. */
static void read_affinity(struct mode_evidence *ev)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) < ev->cpus)
		ev->cpus = CPU_COUNT(&set);
}

/* What a chroot has of its machine's memory: xlab mounts its control group there. A machine has
 * neither file, for its own group has no limit. */
static void read_limit(const char *root, long *kib)
{
	static const char *const files[] = { "/sys/fs/cgroup/memory.max",
					     "/sys/fs/cgroup/memory.limit_in_bytes" };
	char text[32], *end;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		long long bytes;

		read_line(root, files[i], text, sizeof(text));
		bytes = strtoll(text, &end, 10);
		if (end != text && !*end && bytes > 0 && bytes / 1024 < *kib)
			*kib = (long)(bytes / 1024);
	}
}

static void read_pid_space(const char *root, struct mode_evidence *ev)
{
	char path[PATH_MAX], target[32];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/proc/self/ns/pid", root);
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	copy_cut(ev->pid_space, sizeof(ev->pid_space),
		 strcmp(target, PID_SPACE_MACHINE) ? MODE_PIDS_OWN : MODE_PIDS_MACHINE);
}

static int read_memory(const char *root, long *kib)
{
	FILE *f = open_below(root, "/proc/meminfo");
	char line[128];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f) && sscanf(line, "MemTotal: %ld", kib) != 1)
		continue;
	fclose(f);
	read_limit(root, kib);
	return 0;
}

/* The device number of what is mounted last on /, as in proc_pid_mountinfo(5). */
static void find_root_number(const char *root, char *number, size_t size)
{
	FILE *f = open_below(root, "/proc/self/mountinfo");
	char line[1024], dev[24], where[256];

	number[0] = '\0';
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %*d %23s %*s %255s", dev, where) == 2 &&
		    strcmp(where, "/") == 0)
			copy_cut(number, size, dev);
	fclose(f);
}

/* The last part of where the link "driver" in dir leads; false when there is none. */
static bool driver_of(const char *dir, char *buf, size_t size)
{
	char link[PATH_MAX + 8], target[PATH_MAX], *slash;
	ssize_t n;

	snprintf(link, sizeof(link), "%s/driver", dir);
	n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	copy_cut(buf, size, slash ? slash + 1 : target);
	return true;
}

/*
 * Walks from the disk towards the root of the device tree. "sd" only says SCSI disk: the
 * controller further up says what it really is.
 */
static void read_root_disk(const char *root, struct mode_evidence *ev)
{
	char path[PATH_MAX], dir[PATH_MAX], number[24], *slash;

	find_root_number(root, number, sizeof(number));
	snprintf(path, sizeof(path), "%s/sys/dev/block/%s", root, number);
	if (!*number || !realpath(path, dir))
		return;
	copy_cut(ev->root_dev, sizeof(ev->root_dev), strrchr(dir, '/') + 1);
	while ((slash = strrchr(dir, '/')) && strcmp(slash, "/devices") != 0) {
		if (driver_of(dir, ev->root_driver, sizeof(ev->root_driver)) &&
		    strcmp(ev->root_driver, "sd") != 0)
			return;
		*slash = '\0';
	}
}

static void signature(char out[13], unsigned b, unsigned c, unsigned d)
{
	memcpy(out, &b, 4);
	memcpy(out + 4, &c, 4);
	memcpy(out + 8, &d, 4);
	out[12] = '\0';
}

static void read_cpuid(char out[13])
{
	unsigned a, b, c, d;
	char sig[13];

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & HV_BIT))
		return;
	for (unsigned leaf = HV_LEAF; leaf < HV_LEAF_END; leaf += HV_LEAF_STEP) {
		__cpuid(leaf, a, b, c, d);
		signature(sig, b, c, d);
		if (leaf == HV_LEAF || strcmp(sig, "XenVMMXenVMM") == 0)
			memcpy(out, sig, sizeof(sig));
	}
}

static sigjmp_buf no_forced_emulation;

static void on_sigill(int sig)
{
	siglongjmp(no_forced_emulation, sig);
}

/* Xen runs an instruction itself when a PV guest puts this invalid one before it. */
static void read_forced_cpuid(char out[13])
{
	struct sigaction sa = { .sa_handler = on_sigill }, old;
	unsigned a = HV_LEAF, b, c = 0, d;

	sigaction(SIGILL, &sa, &old);
	if (sigsetjmp(no_forced_emulation, 1) == 0) {
		__asm__ volatile("ud2a; .ascii \"xen\"; cpuid"
				 : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		signature(out, b, c, d);
	}
	sigaction(SIGILL, &old, NULL);
}

int mode_gather(const char *root, struct mode_evidence *ev)
{
	memset(ev, 0, sizeof(*ev));
	read_line(root, "/sys/hypervisor/type", ev->hv_type, sizeof(ev->hv_type));
	read_line(root, "/sys/hypervisor/guest_type", ev->guest_type, sizeof(ev->guest_type));
	read_xen_version(root, ev->xen_version, sizeof(ev->xen_version));
	read_line(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
		  ev->clocksource, sizeof(ev->clocksource));
	read_line(root, "/proc/sys/kernel/osrelease", ev->kernel, sizeof(ev->kernel));
	read_line(root, "/proc/cmdline", ev->cmdline, sizeof(ev->cmdline));
	read_line(root, "/sys/class/dmi/id/sys_vendor", ev->dmi_vendor, sizeof(ev->dmi_vendor));
	read_pid_space(root, ev);
	read_cpuinfo(root, ev);
	if (!*root) /* files of another machine say nothing of this process */
		read_affinity(ev);
	read_root_disk(root, ev);
	read_cpuid(ev->cpuid_hv);
	read_forced_cpuid(ev->xen_cpuid);
	return read_memory(root, &ev->memory_kib);
}
