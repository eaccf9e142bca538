/* SPDX-License-Identifier: ISC */
#include "guest-tools/agent/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct link_ops *link_open(bool on_xen)
{
	const char *dev = getenv("XLAB_LINK");

	/* Given by hand: in dom0 a chroot has no xenstore of its own. */
	if (dev && link_is_descriptor(dev))
		return link_serial_open(dev);
	if (on_xen || getenv("XENSTORED_PATH"))
		return link_xs_open();
	if (dev && !strcmp(dev, LINK_SCRATCH))
		return link_scratch_open();
	if (dev && !strchr(dev, '/'))
		return link_serial_open(dev);
	if (getenv("XLAB_WORKLOAD"))
		return link_console_open();
	errno = ENODEV;
	return NULL;
}
