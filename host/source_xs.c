/* SPDX-License-Identifier: ISC */
#include "host/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *source_xs_path(const struct source_xs *x, unsigned key, char *buf, size_t size)
{
	char path[XP_KEY_MAX];

	snprintf(buf, size, "/local/domain/%u/%s", x->domid, xp_key_path(key, path));
	return buf;
}

static const char *xs_path(struct source *src, unsigned key, char *buf, size_t size)
{
	return source_xs_path((struct source_xs *)src, key, buf, size);
}

static const char *uuid_path(const struct source_xs *x, char *buf, size_t size)
{
	snprintf(buf, size, "/local/domain/%u/vm", x->domid);
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

/* The UUID in the path that xl has written, or NULL. */
static const char *uuid_in(const struct source_xs *x, const char *vm)
{
	return strncmp(vm, "/vm/", 4) || strlen(vm + 4) >= sizeof(x->uuid) ? NULL : vm + 4;
}

static int source_xs_still(struct source *src)
{
	struct source_xs *x = (struct source_xs *)src;
	char path[64], vm[64];
	const char *uuid;
	int r = xst_read(x->store, uuid_path(x, path, sizeof(path)), vm, sizeof(vm));

	if (r < 0)
		return r;
	uuid = uuid_in(x, vm);
	if (!uuid)
		return -EINVAL;
	return strcmp(uuid, x->uuid) ? -ESTALE : 0;
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
	const char *uuid;
	int r = xst_read(x->store, uuid_path(x, path, sizeof(path)), vm, sizeof(vm));

	if (r < 0)
		return r;
	uuid = uuid_in(x, vm);
	if (!uuid || strlen(uuid) >= size)
		return -EINVAL;
	strcpy(buf, uuid);
	if (!x->uuid[0])
		strcpy(x->uuid, buf);
	return 0;
}
