/* SPDX-License-Identifier: ISC */
#include "init/xen.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
/* Without it the headers give numbers of calls that only a PV guest has, with other arguments. */
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#include <xen/xen.h>
#include <xen/sched.h>
#define __user
#include <xen/sys/privcmd.h>

static int privcmd = -1;

void xen_prepare(void)
{
	privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
}

void xen_shutdown(bool reboot)
{
	static struct sched_shutdown how; /* Xen reads it: it must not be paged out */
	struct privcmd_hypercall call = {
		.op = __HYPERVISOR_sched_op,
		.arg = { SCHEDOP_shutdown, (uintptr_t)&how },
	};

	if (privcmd < 0) {
		errno = ENODEV;
		return;
	}
	how.reason = reboot ? SHUTDOWN_reboot : SHUTDOWN_poweroff;
	mlock(&how, sizeof(how));
	ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &call);
}
