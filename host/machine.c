/* SPDX-License-Identifier: ISC */
#include "host/machine.h"

#include <cpuid.h>
#include <string.h>

#include "guest-tools/lib/io.h"

/* CPUID leaf 0x40000000 names the hypervisor; a PV dom0 sees what is below Xen. */
static bool cpu_is_tcg(void)
{
	unsigned int a, r[3];

	__cpuid(0x40000000, a, r[0], r[1], r[2]);
	return !memcmp(r, "TCGTCGTCGTCG", sizeof(r));
}

static bool file_begins(const char *path, const char *with)
{
	char buf[64];

	return io_read_file(path, buf, sizeof(buf)) >= 0 && !strncmp(buf, with, strlen(with));
}

bool machine_is_emulated(void)
{
	return cpu_is_tcg() || file_begins("/sys/class/dmi/id/sys_vendor", "QEMU");
}

bool machine_is_dom0(void)
{
	return file_begins("/proc/xen/capabilities", "control_d");
}

const char *machine_id(char buf[MACHINE_ID_MAX + 1])
{
	if (io_read_file("/etc/machine-id", buf, MACHINE_ID_MAX + 1) != MACHINE_ID_MAX ||
	    strspn(buf, "0123456789abcdef") != MACHINE_ID_MAX)
		buf[0] = '\0';
	return buf;
}
