/* SPDX-License-Identifier: ISC */
#include "host/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *xs_path(struct source *src, unsigned key, char *buf, size_t size)
{
	struct source_xs *x = (struct source_xs *)src;
	char path[XP_KEY_MAX];

	snprintf(buf, size, "/local/domain/%u/%s", x->domid, xp_key_path(key, path));
	return buf;
}

static int source_xs_get(struct source *src, unsigned key, char *buf, size_t size)
{
	char path[64];

	return xst_read(((struct source_xs *)src)->store, xs_path(src, key, path, sizeof(path)),
			buf, size);
}

static int source_xs_put(struct source *src, unsigned key, const char *val, size_t len)
{
	char path[64];

	return xst_write(((struct source_xs *)src)->store, xs_path(src, key, path, sizeof(path)),
			 val, len);
}

static int source_xs_still(struct source *src)
{
	struct source_xs *x = (struct source_xs *)src;
	char uuid[sizeof(x->uuid)];
	int r = source_xs_uuid(x, uuid, sizeof(uuid));

	return r ? r : strcmp(uuid, x->uuid) ? -ESTALE : 0;
}

void source_xs_init(struct source_xs *x, struct xst *store, unsigned domid)
{
	*x = (struct source_xs){
		.src = { source_xs_get, source_xs_put, source_xs_still },
		.store = store,
		.domid = domid,
	};
}

int source_xs_uuid(struct source_xs *x, char *buf, size_t size)
{
	char path[64], vm[64];
	int r;

	snprintf(path, sizeof(path), "/local/domain/%u/vm", x->domid);
	r = xst_read(x->store, path, vm, sizeof(vm));
	if (r < 0)
		return r;
	if (strncmp(vm, "/vm/", 4) || strlen(vm + 4) >= size || strlen(vm + 4) >= sizeof(x->uuid))
		return -EINVAL;
	strcpy(buf, vm + 4);
	if (!x->uuid[0])
		strcpy(x->uuid, buf);
	return 0;
}
