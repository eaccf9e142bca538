/* SPDX-License-Identifier: ISC */
#include "host/collect.h"

#include <errno.h>

#include "guest-tools/lib/log.h"

int collect_trouble(int r, struct store *s)
{
	static bool failed;

	if (r >= 0 && failed)
		log_info("the store is well again");
	if (r >= 0)
		failed = false;
	if (r != -EIO && r != -ENOMEM)
		return r;
	if (!failed)
		log_warnx("cannot store, will go on trying: %s", store_error(s));
	failed = true;
	return 0;
}
