/* SPDX-License-Identifier: ISC */
/* Any bytes as a payload disk: what is taken has a name that is one or none, and what is read from
 * it is as long as it says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void read_one(const struct payload *p, const char *path)
{
	json_t *manifest = NULL;
	char *text;
	size_t len;

	if (payload_read(p, path, PAYLOAD_MANIFEST_MAX, &text, &len))
		return;
	check(len <= PAYLOAD_MANIFEST_MAX && text[len] == '\0');
	if (strlen(text) == len && !payload_manifest_parse(text, &manifest)) {
		check(payload_name_is_fine(json_string_value(json_object_get(manifest, "name"))));
		check(json_is_string(json_object_get(manifest, "from")));
	}
	json_decref(manifest);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct payload p;

	if (fd < 0)
		fd = memfd_create("payload", MFD_CLOEXEC);
	check(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	if (payload_open_fd(fd, &p))
		return 0;
	check(p.bytes <= size && (!p.name[0] || payload_name_is_fine(p.name)));
	read_one(&p, PAYLOAD_MANIFEST);
	read_one(&p, "/a/b");
	return 0;
}
