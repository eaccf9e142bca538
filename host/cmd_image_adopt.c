/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/adopt.h"
#include "host/cmd.h"
#include "host/cmd_image_lint.h"
#include "host/disk_lock.h"
#include "host/install.h"
#include "host/proc.h"

static const char usage[] =
	"usage: xlab image adopt [--in-place | --out DISK2] [--out-dir DIR] [--no-mmp] DISK\n"
	"\n"
	"Makes a Linux disk boot in every mode with a login on hvc0: what xlab image lint finds and\n"
	"the disk itself has the means for is mended, on a copy, DISK.adopted or DISK2, or in place.\n"
	"Each change is a line. Configs for pv, pvh, pvhvm and hvm are written into DIR, or a folder\n"
	"with .d behind the name of the new disk, and kernel and initramfs beside them. --no-mmp\n"
	"leaves ext4's multiple mount protection as it is: it keeps two guests from mounting the\n"
	"disk at once.\n";

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },	 { "in-place", no_argument, NULL, 'i' },
	{ "out", required_argument, NULL, 'o' }, { "out-dir", required_argument, NULL, 'd' },
	{ "no-mmp", no_argument, NULL, 'n' },	 { 0 },
};

enum { FSCK_MS = 300000, LOCK_MS = 2000 };

struct job {
	const char *disk, *work; /* work is what is changed: the disk, or */
	struct install_work copy;
	mode_t mode; /* of the copy */
	struct disk_lock lock;
	bool in_place, mmp;
	char out[PATH_MAX], dir[PATH_MAX];
};

static int report(const struct job *j, int r, const char *why)
{
	static const int input[] = { EINVAL, EUCLEAN, ENOENT, EBUSY, EACCES, EEXIST };

	log_warnx("%s: %s", j->disk, why);
	for (size_t i = 0; i < sizeof(input) / sizeof(*input); i++)
		if (input[i] == -r)
			return EXIT_USAGE;
	return EXIT_SYSTEM;
}

/* What e2fsck(8) finds in the file system; it changes nothing. 0, 1 for damage, or -errno. */
static int fsck(const char *part)
{
	char said[4096];
	const char *const argv[] = { "e2fsck", "-fn", part, NULL };
	int r = proc_capture(argv, said, sizeof(said),
			     &(struct proc_opts){ .deadline_ms = FSCK_MS, .err = PROC_NULL });

	return r == -ENOENT ? -ENOPKG : r == -EMSGSIZE ? 1 : r < 0 ? r : !!r;
}

/* In a file of its own: e2fsck looks for the block of multiple mount protection from the beginning
 * of what it is given, whatever offset it is told. */
static int fsck_apart(const struct job *j, const struct disk_part *p)
{
	struct install_work part;
	int r = install_work_open(NULL, p->bytes, &part), fd;

	if (r)
		return r;
	fd = open(j->work, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : install_work_copy(fd, p->start, part.fd, 0, p->bytes);
	if (fd >= 0)
		close(fd);
	if (!r)
		r = fsck(part.path);
	install_work_close(&part);
	return r;
}

static int check_part(const struct job *j, const struct disk_part *p)
{
	char buf[24];
	const char *name = disk_part_name(p->number, buf);
	int r = fsck_apart(j, p);

	if (!r)
		return EXIT_OK;
	if (r > 0)
		log_warnx("%s: %s is damaged; mend it first: e2fsck -f%s", j->disk, name,
			  p->number ? " on that partition (losetup -fP --show gives it a name)"
				    : "");
	else if (r == -ETIMEDOUT)
		log_warnx("%s: e2fsck of %s takes longer than %d s", j->disk, name, FSCK_MS / 1000);
	else if (r == -ENOSPC)
		log_warnx("%s: no room for a copy of %s; TMPDIR says where there is", j->disk,
			  name);
	else
		log_warnx("%s: e2fsck of %s: %s", j->disk, name, strerror(-r));
	return r > 0 ? EXIT_USAGE : EXIT_SYSTEM;
}

static int check_parts(const struct job *j)
{
	struct disk *d = malloc(sizeof(*d));
	char why[DISK_WHY];
	int r = d ? disk_read(j->work, d, why, sizeof(why)) : -ENOMEM;

	if (r)
		r = report(j, r, d ? why : strerror(ENOMEM));
	for (size_t i = 0; !r && i < d->n; i++)
		if (d->part[i].kind == DISK_EXT)
			r = check_part(j, &d->part[i]);
	free(d);
	return r;
}

static int copy_bytes(int from, struct job *j)
{
	off_t bytes = lseek(from, 0, SEEK_END);
	struct stat st;

	if (bytes < 0 || fstat(from, &st) < 0 || ftruncate(j->copy.fd, bytes) < 0)
		return -errno;
	j->mode = S_ISREG(st.st_mode) ? st.st_mode & 0777 : 0600;
	return install_work_copy(from, 0, j->copy.fd, 0, (uint64_t)bytes);
}

/* A copy without a name until it is whole. */
static int copy(struct job *j)
{
	int from = open(j->disk, O_RDONLY | O_CLOEXEC), r = from < 0 ? -errno : 0;

	if (r)
		return cmd_fail(r, j->disk);
	r = install_work_open(j->out, 0, &j->copy);
	if (!r)
		r = copy_bytes(from, j);
	close(from);
	j->work = j->copy.path;
	if (!r)
		return EXIT_OK;
	log_warnx("%s: cannot be copied to %s: %s", j->disk, j->out, strerror(-r));
	return EXIT_SYSTEM;
}

/* Before anything takes time. */
static int look(const struct job *j)
{
	struct disk *d = malloc(sizeof(*d));
	char why[DISK_WHY];
	int r = d ? disk_read(j->disk, d, why, sizeof(why)) : -ENOMEM;
	size_t i = 0;

	if (r) {
		r = report(j, r, d ? why : strerror(ENOMEM));
	} else {
		while (i < d->n && d->part[i].kind != DISK_EXT)
			i++;
		if (i == d->n)
			r = report(j, -EINVAL, "no partition has ext4 and a Linux system in it");
	}
	free(d);
	return r;
}

/* All of that took a while, and xl does not know our lock. */
static int check_lock(const struct job *j)
{
	char holder[256];
	int r = disk_lock_check(&j->lock, DISK_USER_ANY, holder, sizeof(holder));

	if (r == -EBUSY)
		log_warnx("%s: %s has it", j->disk, holder);
	else if (r == -ESTALE)
		log_warnx("%s: has been replaced meanwhile", j->disk);
	else if (r)
		return cmd_fail(r, j->disk);
	return r ? EXIT_USAGE : EXIT_OK;
}

/* In a process of its own: prints what was changed. */
static int mend(FILE *out, void *arg)
{
	struct job *j = arg;
	char why[DISK_WHY];
	int r = adopt_disk(j->work, j->mmp, out, why, sizeof(why));

	return r < 0 ? report(j, r, why) : EXIT_OK;
}

static int configs(FILE *out, void *arg)
{
	struct job *j = arg;
	char why[DISK_WHY];
	int r = adopt_configs(j->out, j->dir, out, why, sizeof(why));

	if (r)
		return report(j, r, why);
	fprintf(out, "%s/: configs of xl, with the kernel\n", j->dir);
	return EXIT_OK;
}

/* What is left for people to do. */
static int remains(FILE *out, void *arg)
{
	struct job *j = arg;
	struct lint_system *s = malloc(sizeof(*s));
	struct lint_disk *d = malloc(sizeof(*d));
	struct lint_finding f;
	char why[DISK_WHY] = "";
	int r = s && d ? lint_disk_open(j->out, false, d, why, sizeof(why)) : -ENOMEM;

	if (!r)
		r = lint_read(d, s);
	for (size_t i = 0; !r && i < lint_nrules; i++)
		if (lint_rule_apply(i, s, &f) && f.stops)
			fprintf(out, "left: %s: %s; %s\n", f.rule, f.problem, f.fix);
	return r ? report(j, r, *why ? why : strerror(-r)) : EXIT_OK;
}

/* Does a part of the work apart and prints its lines. */
static int apart(const struct job *j, int (*work)(FILE *out, void *arg))
{
	char line[2048];
	FILE *out;
	int status, r = lint_guard(work, (void *)j, &status, &out);

	if (r == -EUCLEAN)
		return report(j, r, "reading it failed, or took more time or memory than is sane");
	if (r)
		return cmd_fail(r, j->disk);
	while (fgets(line, sizeof(line), out)) {
		for (char *c = line; *c && *c != '\n'; c++)
			*c = *c < ' ' || *c > '~' ? '?' : *c;
		printf("%s%s", work == mend || work == remains ? j->out : "",
		       work == mend || work == remains ? ": " : "");
		fputs(line, stdout);
	}
	fclose(out);
	return status;
}

/* Gives the copy its name, if nobody took that meanwhile. */
static int finish_copy(struct job *j)
{
	struct install_target t = { .mode = j->mode, .uid = geteuid(), .gid = getegid() };
	int r;

	snprintf(t.path, sizeof(t.path), "%s", j->out);
	r = install_work_name(&j->copy, &t);
	if (r != -EEXIST)
		return r ? cmd_fail(r, j->out) : EXIT_OK;
	log_warnx("%s: is there already: remove it, or name another with --out", j->out);
	return EXIT_USAGE;
}

static int adopt_all(struct job *j)
{
	bool made;
	int r = look(j);

	if (r)
		return r;
	made = !mkdir(j->dir, install_copy_folder_mode(j->disk));
	r = made || errno == EEXIST ? EXIT_OK : cmd_fail(-errno, j->dir);
	if (!r && io_is_plain(j->dir) != -EISDIR)
		r = cmd_fail(-ENOTDIR, j->dir);
	if (!r && !j->in_place)
		r = copy(j);
	if (!r)
		r = check_parts(j);
	if (!r)
		r = check_lock(j);
	if (!r)
		r = apart(j, mend);
	if (!r && !j->in_place)
		r = finish_copy(j);
	install_work_close(&j->copy);
	if (!r)
		r = apart(j, configs);
	else if (made)
		rmdir(j->dir);
	return r ? r : apart(j, remains);
}

static int with_lock(struct job *j)
{
	char holder[256];
	int r = disk_lock_take(j->disk, !j->in_place, LOCK_MS, &j->lock, holder, sizeof(holder));

	if (r == -EBUSY)
		log_warnx("%s: %s has it", j->disk, holder);
	if (r)
		return r == -EBUSY ? EXIT_USAGE : cmd_fail(r, j->disk);
	r = adopt_all(j);
	disk_lock_drop(&j->lock);
	if (fflush(stdout))
		return cmd_fail(-errno, "standard output");
	return r;
}

/* Fills in the names that were not given. */
static int set_names(struct job *j, const char *out, const char *dir)
{
	int r = io_is_plain(j->disk);
	struct stat st;

	if (r == -EINVAL)
		log_warnx("%s: neither a file nor a block device", j->disk);
	if (r)
		return r == -EINVAL ? EXIT_USAGE : cmd_fail(r, j->disk);
	if (!stat(j->disk, &st) && S_ISBLK(st.st_mode) && !(j->in_place ? dir : out)) {
		log_warnx("%s: is a device: %s names a place outside of /dev", j->disk,
			  j->in_place ? "--out-dir DIR" : "--out DISK2");
		return EXIT_USAGE;
	}
	if (j->in_place)
		snprintf(j->out, sizeof(j->out), "%s", j->disk);
	else if (snprintf(j->out, sizeof(j->out) - 8, "%s%s", out ? out : j->disk,
			  out ? "" : ".adopted") >= (int)sizeof(j->out) - 8)
		return cmd_fail(-ENAMETOOLONG, j->disk);
	if (!j->in_place && !lstat(j->out, &st)) {
		log_warnx("%s: is there already: remove it, or name another with --out", j->out);
		return EXIT_USAGE;
	}
	if (snprintf(j->dir, sizeof(j->dir), "%s%s", dir ? dir : j->out, dir ? "" : ".d") >=
	    (int)sizeof(j->dir))
		return cmd_fail(-ENAMETOOLONG, j->disk);
	if (!adopt_configs_can_name(j->out) || !adopt_configs_can_name(j->dir)) {
		log_warnx("%s: a quote or comma in its path is more than a config can hold",
			  adopt_configs_can_name(j->out) ? j->dir : j->out);
		return EXIT_USAGE;
	}
	j->work = j->disk;
	return EXIT_OK;
}

int cmd_image_adopt(int argc, char **argv)
{
	struct job j = { .mmp = true, .copy = { .fd = -1 } };
	const char *out = NULL, *dir = NULL;
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'i': j.in_place = true; break;
		case 'o': out = optarg; break;
		case 'd': dir = optarg; break;
		case 'n':
			j.mmp = false;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind + 1 != argc || (out && j.in_place)) {
		log_warnx("image adopt: needs one DISK, and --in-place or --out at most "
			  "(see xlab image adopt --help)");
		return EXIT_USAGE;
	}
	j.disk = argv[optind];
	c = set_names(&j, out, dir);
	return c ? c : with_lock(&j);
}
