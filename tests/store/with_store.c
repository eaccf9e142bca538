/* SPDX-License-Identifier: ISC */
/*
 * with_store c|o N COMMAND...: runs a command as dom0 of a real xenstored without a hypervisor, with
 * guests 1 to N. It gets $XENSTORED_PATH, and in $GUEST_1 to $GUEST_N what is a guest's; their UUIDs
 * end with their numbers. Exits as the command does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/proc.h"
#include "tests/store/harness.h"

static struct harness h;

static int make_guests(int n)
{
	char path[96], name[24], uuid[40];
	int r = 0;

	for (int i = 1; i <= n && !r; i++) {
		snprintf(uuid, sizeof(uuid), "11111111-2222-3333-4444-%012d", i);
		snprintf(name, sizeof(name), "GUEST_%d", i);
		r = harness_guest(&h, (unsigned)i, uuid, path, sizeof(path));
		if (!r)
			setenv(name, path, 1);
	}
	return r;
}

int main(int argc, char **argv)
{
	int r;

	if (argc < 4)
		return 100;
	r = harness_start(&h, argv[1][0] == 'o' ? DAEMON_O : DAEMON_C);
	if (!r)
		r = make_guests(atoi(argv[2]));
	if (r)
		fprintf(stderr, "with_store: %s\n", strerror(-r));
	else
		r = proc_run((const char *const *)argv + 3, NULL);
	harness_stop(&h);
	return r < 0 ? 111 : r;
}
