/* SPDX-License-Identifier: ISC */
/* domain_state DOMID: what Xen itself says of a domain, for when there is no xenstored to ask. */
#undef __STRICT_ANSI__ /* Xen's headers are GNU C */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <xenctrl.h>

static const char *const reasons[] = {
	[SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
	[SHUTDOWN_suspend] = "suspend",	  [SHUTDOWN_crash] = "crash",
	[SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
};

int main(int argc, char **argv)
{
	uint32_t domid = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : DOMID_INVALID;
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_dominfo_t info;

	if (!xc || argc != 2) {
		fprintf(stderr, "usage: domain_state DOMID, in dom0 as root\n");
		return 111;
	}
	/* It tells of the next domain if there is none of that number. */
	if (xc_domain_getinfo(xc, domid, 1, &info) != 1 || info.domid != domid)
		puts("gone");
	else if (info.shutdown && info.shutdown_reason < sizeof(reasons) / sizeof(*reasons))
		printf("shutdown %s\n", reasons[info.shutdown_reason]);
	else if (info.shutdown)
		printf("shutdown %u\n", info.shutdown_reason);
	else
		puts(info.dying ? "dying" : "running");
	xc_interface_close(xc);
	return 0;
}
