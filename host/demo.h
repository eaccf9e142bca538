/* SPDX-License-Identifier: ISC */
/* `xlab testbed demo`: a plan from start to report, natively and in a box. */
#ifndef HOST_DEMO_H
#define HOST_DEMO_H

struct demo_opts {
	const char *plan, *out; /* the plan's file; a folder, made if it is not there */
	const char *dir;	/* of the box */
	const char *xenstored;
};

/* Carries the plan out: its native cells in QEMU here, the others on a Xen host in a box, which it
 * starts and ends; into one store, OUT/results.sqlite, that it goes on with if it is there. Then writes
 * OUT/report.json and report.html. Blocks until all is done or a signal has come. An exit status. */
int demo(const struct demo_opts *o);

#endif
