/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/payload_work.h"

void payload_head(const struct work *w, char buf[PAYLOAD_HEAD_MAX])
{
	const struct payload_build *b = w->b;
	int n = snprintf(buf, PAYLOAD_HEAD_MAX, "payload 1\nname %s\nepoch %lld\n%s%s\n", b->name,
			 (long long)b->epoch, b->packages ? "packages " : "folder",
			 b->packages ? b->packages : "");

	if (w->added[0])
		n += snprintf(buf + n, PAYLOAD_HEAD_MAX - (size_t)n, "added %s\n", w->added);
	if (b->run)
		snprintf(buf + n, PAYLOAD_HEAD_MAX - (size_t)n, "ran %s\n", b->run);
}

/* Whether the folder that the payload goes into is part of the one that it is made of. */
static bool is_inside(const struct work *w, const char *from)
{
	char folder[PATH_MAX];
	size_t len;

	if (!realpath(from, folder))
		return false;
	len = strlen(folder);
	return !strncmp(w->dir, folder, len) && (w->dir[len] == '/' || len == 1);
}

static bool is_inside_any(const struct work *w)
{
	bool inside = w->b->from && is_inside(w, w->b->from);

	for (int i = 0; !inside && i < PAYLOAD_ADDS_MAX && w->b->add[i].dir; i++)
		inside = is_inside(w, w->b->add[i].dir);
	return inside;
}

static int build_in(struct work *w)
{
	int r, err;

	if (is_inside_any(w)) {
		log_warnx("%s: is in the folder that it is made of: give another with --out",
			  w->b->out);
		return EXIT_USAGE;
	}
	r = w->b->packages ? payload_from_packages(w) : payload_from_folder(w);
	if (r)
		return r;
	err = payload_seal(w->image, w->b->name);
	if (err)
		return cmd_fail(err, w->image);
	return rename(w->image, w->b->out) < 0 ? cmd_fail(-errno, w->b->out) : EXIT_OK;
}

int payload_build(struct payload_build *b)
{
	struct stat st;
	struct work w;
	int r, err;

	if (cmd_epoch(&b->epoch))
		return EXIT_USAGE;
	if (stat(b->out, &st) == 0 && !S_ISREG(st.st_mode)) {
		log_warnx("%s: is not a file", b->out);
		return EXIT_USAGE;
	}
	umask(022);
	err = work_open(&w, b);
	if (err)
		return cmd_fail(err, b->out);
	r = build_in(&w);
	work_close(&w);
	return r;
}
