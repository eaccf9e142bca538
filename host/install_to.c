/* SPDX-License-Identifier: ISC */
/* From something that is made in a work file to a target that is proven to hold it. */
#include "host/install.h"

#include <inttypes.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct job {
	const struct install_opts *o;
	const struct install_source *source;
	struct install_result *result;
	char *why;
	struct install_target target;
	struct install_work work;
};

/* "path: what: errno" in why. */
static int job_fail(struct job *j, int err, const char *path, const char *what)
{
	snprintf(j->why, INSTALL_WHY, "%s: %s%s", path, what, strerror(-err));
	return err;
}

/* How big the target is to be. */
static int target_size(struct job *j)
{
	const struct install_target *t = &j->target;
	uint64_t bytes = j->o->bytes, need = j->source->bytes;

	if (t->device) {
		j->result->bytes = t->bytes;
		if (!bytes)
			return 0;
		snprintf(j->why, INSTALL_WHY,
			 "%s: a block device has its size; --size is for files", t->path);
		return -EINVAL;
	}
	if (!bytes)
		bytes = t->bytes ? t->bytes : need;
	j->result->bytes = bytes;
	if (bytes >= need)
		return 0;
	snprintf(j->why, INSTALL_WHY,
		 "%s: is too small: %" PRIu64 " bytes of %" PRIu64 "; --size makes it bigger",
		 t->path, bytes, need);
	return -EINVAL;
}

static int target_open(struct job *j)
{
	int r = install_target_open(j->o->target, j->source->disk, j->source->bytes, &j->target,
				    j->why);

	if (!r && !j->o->force)
		r = install_target_expendable(&j->target, j->why);
	if (!j->target.exists)
		j->target.mode &= j->source->mode;
	return r ? r : target_size(j);
}

static int work_make(struct job *j)
{
	const char *file = j->target.device ? NULL : j->target.path,
		   *where = file ? file : "TMPDIR";
	int r = install_work_open(file, j->result->bytes, &j->work);

	if (r)
		return job_fail(j, r, where, "cannot make a file: ");
	r = j->source->make(&j->work, j->result->bytes, j->source->arg, j->why);
	if (r)
		return r;
	r = install_hash(j->work.fd, j->result->bytes, "hashing", j->result->sha256);
	return r ? job_fail(j, r, where, "") : 0;
}

/* Reads back what is on the target. */
static int target_verify(struct job *j)
{
	const struct install_target *t = &j->target;
	char hex[65];
	int r = install_hash_medium(t->device ? t->path : j->work.path,
				    t->device ? t->fd : j->work.fd, j->result->bytes, hex);

	if (r)
		return job_fail(j, r, t->path, "cannot be read back: ");
	if (!strcmp(hex, j->result->sha256))
		return 0;
	snprintf(j->why, INSTALL_WHY, "%s: does not hold what was written to it", t->path);
	return -EIO;
}

/* Making it took a while, and xl does not know our lock. */
static int target_check(struct job *j)
{
	char who[192];
	int r = j->target.exists ? disk_lock_check(&j->target.lock, DISK_USER_ANY, who, sizeof(who)) : 0;

	if (r != -EBUSY)
		return r ? job_fail(j, r, j->target.path, "") : 0;
	snprintf(j->why, INSTALL_WHY, "%s: is in use by %s", j->target.path, who);
	return r;
}

/* A file gets its name when all of it is proven, a device its bytes before. */
static int target_write(struct job *j)
{
	struct install_target *t = &j->target;
	int r = target_check(j);

	if (r)
		return r;
	if (t->device)
		r = install_work_write(&j->work, t->fd, j->result->bytes);
	if (r) {
		job_fail(j, r, t->path, "cannot be written: ");
		return -EIO; /* whatever the device says: it is not what the caller asked for */
	}
	r = target_verify(j);
	if (r && t->device)
		install_unboot(t->fd);
	if (!r && !t->device) {
		r = install_work_name(&j->work, t);
		if (r)
			return job_fail(j, r, t->path, "");
	}
	return r;
}

int install_to(const struct install_opts *o, const struct install_source *source,
	       struct install_result *result, char why[INSTALL_WHY])
{
	static struct job j;
	int r;

	j = (struct job){ .o = o, .source = source, .result = result, .why = why };
	j.target = (struct install_target){ .fd = -1, .lock = { .fd = -1 } };
	j.work.fd = -1;
	r = target_open(&j);
	if (!r)
		r = work_make(&j);
	if (!r)
		r = target_write(&j);
	install_work_close(&j.work);
	install_target_close(&j.target);
	return r;
}
