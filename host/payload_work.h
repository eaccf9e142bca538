/* SPDX-License-Identifier: ISC */
/* The folder beside a payload in which it is made, and the programs that do it. */
#ifndef HOST_PAYLOAD_WORK_H
#define HOST_PAYLOAD_WORK_H

#include <limits.h>

#include "host/payload.h"

struct work {
	const struct payload_build *b;
	char dir[PATH_MAX];
	char image[PATH_MAX + 16]; /* dir/image: what is to become the payload */
	char tar[PATH_MAX + 16];   /* dir/add.tar: what is added to packages */
	char added[65];		   /* its SHA-256; "" where nothing is added */
};

/* Makes the folder. 0 or -errno. */
int work_open(struct work *w, const struct payload_build *b);

/* Removes it with all that is in it. */
void work_close(const struct work *w);

/* Runs a program; a person at a terminal sees that it goes on. Reports what goes wrong, in the
 * program's own words where it has any, and nothing else that it says; returns an exit status. */
int work_run(const struct work *w, const char *const argv[]);

/* Words of a command line: argv ends with NULL. One word too many, or one too long, sets err to
 * -E2BIG. */
struct work_words {
	const char *argv[128];
	char text[2 << 16];
	size_t n, used;
	int err;
};

__attribute__((format(printf, 2, 3))) void work_word(struct work_words *w, const char *fmt, ...);

/* The two ways: both leave w->image. They report, and return an exit status. */
int payload_from_packages(struct work *w);
int payload_from_folder(const struct work *w);

/* Whether it is a folder of files, folders and links. Reports, and returns an exit status. */
int payload_check_folder(const char *from);

enum { PAYLOAD_HEAD_MAX = PAYLOAD_PACKAGES_MAX + 1024 };

/* The lines of the manifest that come before those of packages. */
void payload_head(const struct work *w, char buf[PAYLOAD_HEAD_MAX]);

#endif
