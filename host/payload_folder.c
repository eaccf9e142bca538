/* SPDX-License-Identifier: ISC */
/*
 * A payload from a folder. It gets the same bytes wherever, whenever and as whomever the folder was
 * copied: all is root's, of one time, for all to read, and what its owner may execute all may.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/payload_work.h"

enum { OPEN_MAX = 16 };

/* Where things are mounted when a program runs inside, see rootfs/lib/run-in. */
static const char *const folders[] = { "dev", "proc", "run", "scratch",
				       "sys", "tmp",  "var", "var/tmp" };

enum { NFOLDERS = sizeof(folders) / sizeof(*folders) };

static int check_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)at;
	if (kind == FTW_DNR || kind == FTW_NS)
		return cmd_fail(-EACCES, path);
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISLNK(st->st_mode))
		return 0;
	log_warnx("%s: neither file, folder nor link", path);
	return EXIT_USAGE;
}

/* Whether a path of the folder is missing or a folder itself. An exit status. */
static int check_place(const char *from, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", from, name) >= sizeof(path))
		return cmd_fail(-ENAMETOOLONG, from);
	if (lstat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return EXIT_OK;
	log_warnx("%s: must be a folder: it is mounted on in the guest", path);
	return EXIT_USAGE;
}

int payload_check_folder(const char *from)
{
	struct stat st;
	int r;

	if (stat(from, &st) < 0)
		return cmd_fail(-errno, from);
	if (!S_ISDIR(st.st_mode))
		return cmd_fail(-ENOTDIR, from);
	r = nftw(from, check_one, OPEN_MAX, FTW_PHYS);
	return r < 0 ? cmd_fail(-errno, from) : r;
}

/* The same, and whether it can be a payload as it is. */
static int check_folder(const char *from)
{
	char path[PATH_MAX];
	struct stat st;
	int r = payload_check_folder(from);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/.xlab", from);
	if (lstat(path, &st) == 0) {
		log_warnx("%s: is there already; it is where the manifest goes", path);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < NFOLDERS; i++)
		if ((r = check_place(from, folders[i])))
			return r;
	return EXIT_OK;
}

/* Makes the copy in tree complete. 0 or -errno, path being what is wrong. */
static int add_own(const struct work *w, const char *tree, char *path, size_t size)
{
	char head[PAYLOAD_HEAD_MAX];

	for (size_t i = 0; i < NFOLDERS; i++) {
		bool open = strstr(folders[i], "tmp");

		snprintf(path, size, "%s/%s", tree, folders[i]);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
		if (chmod(path, open ? 01777 : 0755) < 0)
			return -errno;
	}
	snprintf(path, size, "%s/.xlab", tree);
	if (mkdir(path, 0755) < 0)
		return -errno;
	payload_head(w, head);
	snprintf(path, size, "%s" PAYLOAD_MANIFEST, tree);
	return io_replace_file(path, head, strlen(head));
}

/* Copies what is in a folder into another, which is made if it is not there. An exit status. */
static int copy_into(const struct work *w, const char *dir, const char *to)
{
	char from[PATH_MAX + 4];
	const char *const make[] = { "mkdir", "-p", "--", to, NULL };
	const char *const copy[] = {
		"cp", "-R", "-P", "--preserve=mode,links", "--reflink=auto", "--", from, to, NULL
	};
	int r = work_run(w, make);

	snprintf(from, sizeof(from), "%s/.", dir);
	return r ? r : work_run(w, copy);
}

/* Copies what the payload is made of, and over that what is added. An exit status. */
static int copy_all(const struct work *w, const char *tree)
{
	char to[2 * PATH_MAX];
	int r = check_folder(w->b->from);

	if (!r)
		r = copy_into(w, w->b->from, tree);
	for (int i = 0; !r && i < PAYLOAD_ADDS_MAX && w->b->add[i].dir; i++) {
		const struct payload_add *add = &w->b->add[i];

		snprintf(to, sizeof(to), "%s%s", tree, add->at);
		r = payload_check_folder(add->dir);
		if (!r)
			r = copy_into(w, add->dir, to);
	}
	return r;
}

int payload_from_folder(const struct work *w)
{
	char tree[PATH_MAX + 8], path[PATH_MAX + 64], time[32];
	const char *const modes[] = { "chmod", "-R", "a-st,u=rwX,go=rX", tree, NULL };
	const char *const pack[] = { "mkfs.erofs", "--quiet", "-x-1", time,
				     "--all-root", w->image,  tree,   NULL };
	int r, err;

	snprintf(tree, sizeof(tree), "%s/tree", w->dir);
	snprintf(time, sizeof(time), "-T%lld", (long long)w->b->epoch);
	r = copy_all(w, tree);
	if (!r)
		r = work_run(w, modes);
	if (!r && (err = add_own(w, tree, path, sizeof(path))))
		r = cmd_fail(err, path);
	return r ? r : work_run(w, pack);
}
