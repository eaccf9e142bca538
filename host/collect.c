/* SPDX-License-Identifier: ISC */
#include "host/collect.h"

#include <errno.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/guest.h"

int collect_trouble(int r, struct store *s)
{
	static bool failed;

	if (r > 0)
		failed = false;
	if (r != -EIO && r != -ENOMEM)
		return r;
	if (!failed)
		log_warnx("cannot store, will go on trying: %s", store_error(s));
	failed = true;
	return 0;
}

int collect_serve(struct guest *g, struct store *s, const char *name)
{
	enum store_status was = g->row.status;
	int r = collect_trouble(guest_serve(g, s), s);

	/* The domain is going: @releaseDomain says so next. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (was != g->row.status)
		log_info("%s: %s, %u records", name, store_status_name(g->row.status),
			 g->row.last.seq);
	return 0;
}
