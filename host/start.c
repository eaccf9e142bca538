/* SPDX-License-Identifier: ISC */
#include "host/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/source.h"
#include "host/xl.h"
#include "host/xlcfg_disk.h"

/* The same bytes twice in one config: an error of its own, for one's own lock is in the way. */
static bool disk_is_twice(const struct start *s, const char *path, bool shared)
{
	struct disk_id id;

	if (disk_id_get(path, &id))
		return false;
	for (unsigned i = 0; i < s->ndisks; i++)
		if (disk_id_overlaps(&s->disk[i].id, &id) && !(s->disk[i].shared && shared))
			return true;
	return false;
}

static int lock_disk(struct start *s, const char *path, bool shared)
{
	char holder[256];
	int r;

	if (s->ndisks == START_DISKS_MAX) {
		log_warnx("%s: more than %d disks", s->cfg, START_DISKS_MAX);
		return EXIT_USAGE;
	}
	if (disk_is_twice(s, path, shared)) {
		log_warnx("%s: gives the guest %s twice", s->cfg, path);
		return EXIT_USAGE;
	}
	r = disk_lock_take(path, shared, START_WAIT_MS, &s->disk[s->ndisks], holder,
			   sizeof(holder));
	if (r)
		return cmd_fail_disk(path, r, holder);
	s->ndisks++;
	return EXIT_OK;
}

/* Locks what one text of the config's list of disks names. The first is the guest's own, even where
 * it only reads it; further ones that it only reads, it shares. A disk that is no file here, such
 * as one on the network, is not ours to watch. */
static int lock_item(struct start *s, const char *text, bool further)
{
	char path[PATH_MAX];
	struct xlcfg_disk d;

	xlcfg_disk_parse(&d, text);
	if (d.wrong) {
		log_warnx("%s: disk '%s' %s", s->cfg, text, d.wrong);
		return EXIT_USAGE;
	}
	if (xlcfg_disk_is_empty(&d))
		return EXIT_OK;
	snprintf(path, sizeof(path), "%.*s", (int)d.target.len, d.target.at);
	if (path[0] != '/' && access(path, F_OK) < 0) {
		log_warnx("%s: %s is no file of this machine and is not locked", s->cfg, path);
		return EXIT_OK;
	}
	return lock_disk(s, path, (further || d.cdrom) && d.readonly);
}

static int lock_all(struct start *s, const struct xlcfg *c)
{
	struct xlcfg_items items = { .name = "disk" };
	const struct xlcfg_value *v;
	bool further = false;
	int r = EXIT_OK;

	while (!r && (v = xlcfg_next_item(c, &items))) {
		r = v->text ? lock_item(s, v->text, further) : EXIT_OK;
		further = true;
	}
	return r;
}

/* Whether programs that are started get the locks. */
static void locks_inherit(const struct start *s, bool inherit)
{
	for (unsigned i = 0; i < s->ndisks; i++)
		fcntl(s->disk[i].fd, F_SETFD, inherit ? 0 : FD_CLOEXEC);
	if (s->keep >= 0)
		fcntl(s->keep, F_SETFD, inherit ? 0 : FD_CLOEXEC);
}

static int xl_failed(const struct start *s, int err, const char *what)
{
	if (err == -ENOENT)
		log_warnx("%s: there is no xl: run this in dom0, with xen-utils installed",
			  s->name);
	else
		log_warnx("%s: %s: %s (what xl said is in %s)", s->name, what, strerror(-err),
			  s->log);
	return EXIT_SYSTEM;
}

/* xl knows nothing of our locks: whoever it gave a disk to meanwhile was first. */
static int check_alone(const struct start *s, unsigned domid)
{
	char holder[256];

	for (unsigned i = 0; i < s->ndisks; i++) {
		int r = disk_lock_check(&s->disk[i], (int)domid, holder, sizeof(holder));

		if (r)
			return cmd_fail_disk(s->disk[i].id.base, r, holder);
	}
	return EXIT_OK;
}

static int tell(const struct start *s, unsigned domid)
{
	struct source_xs src;
	struct xst *xs;
	int r;

	if (!s->setup)
		return 0;
	r = xst_open(&xs, NULL, NULL);
	if (r)
		return r;
	source_xs_init(&src, xs, domid);
	r = setup_tell(s->setup, &src.src, s->mode, &(struct setup_run){ "", "", "", "", "", "" });
	xst_close(xs);
	return r;
}

/* The domain is there, paused. */
static int finish(const struct start *s)
{
	unsigned domid;
	int r = xl_domid(s->name, &domid, s->log), status;

	if (r)
		return xl_failed(s, r, "cannot find the domain");
	status = check_alone(s, domid);
	if (status)
		return status;
	r = tell(s, domid);
	if (r)
		return xl_failed(s, r, "cannot tell the guest what it is to do");
	r = s->paused ? 0 : xl_unpause(s->name, s->log);
	return r ? xl_failed(s, r, "cannot let the domain run") : EXIT_OK;
}

/* Whether the user has asked for the end meanwhile. A signal that is ignored is kept too while it
 * is blocked. */
static bool is_interrupted(const sigset_t *ends)
{
	struct sigaction action;
	sigset_t pending;

	if (sigpending(&pending))
		return false;
	for (int sig = 1; sig < SIGRTMIN; sig++)
		if (sigismember(ends, sig) && sigismember(&pending, sig) &&
		    !sigaction(sig, NULL, &action) && action.sa_handler != SIG_IGN)
			return true;
	return false;
}

/* xl is not left alone half-way: a signal has its effect when the domain is there, and then that is
 * taken away. */
static int create_whole(const struct start *s)
{
	sigset_t ends, before;
	int r, status;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGQUIT);
	sigprocmask(SIG_BLOCK, &ends, &before);
	locks_inherit(s, true);
	r = xl_create_paused(s->cfg, s->log);
	locks_inherit(s, false);
	status = r ? xl_failed(s, r, "cannot create the domain") : finish(s);
	if (is_interrupted(&ends))
		status = EXIT_SYSTEM;
	if (status && (!r || r == -ETIMEDOUT)) /* the name was free: it is ours */
		xl_destroy(s->name, s->log);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

static int create(const struct start *s)
{
	unsigned domid;
	int r = xl_domid(s->name, &domid, s->log);

	if (r && r != -EIO)
		return xl_failed(s, r, "cannot ask xl");
	if (r)
		return create_whole(s);
	log_warnx("%s: there is a domain %s already (%u)", s->cfg, s->name, domid);
	return EXIT_USAGE;
}

/* A log of its own for the domain. An exit status. */
static int open_log(struct start *s)
{
	int r = start_make_folder();

	if (r)
		return cmd_fail(r, START_DIR);
	snprintf(s->log, sizeof(s->log), START_DIR "/%s.log", s->name);
	return EXIT_OK;
}

/* xl takes digits for a domain's number, and a file is named after it. */
static bool name_is_fine(const char *name)
{
	return *name && *name != '-' && strlen(name) < sizeof(((struct start *)0)->name) &&
	       !strchr(name, '/') && name[strspn(name, "0123456789")];
}

static int start_config(struct start *s, const struct xlcfg *c)
{
	const char *name = xlcfg_text(c, "name");
	int r;

	if (!name || !name_is_fine(name)) {
		log_warnx("%s: has no 'name' that xl takes for one", s->cfg);
		return EXIT_USAGE;
	}
	strcpy(s->name, name);
	r = s->log[0] ? EXIT_OK : open_log(s);
	if (!r)
		r = lock_all(s, c);
	if (!r)
		r = create(s);
	if (!r && s->setup)
		setup_warn(s->setup);
	for (unsigned i = 0; i < s->ndisks; i++)
		disk_lock_drop(&s->disk[i]);
	return r;
}

int start_make_folder(void)
{
	if ((mkdir("/run/xlab", 0755) < 0 && errno != EEXIST) ||
	    (mkdir(START_DIR, 0700) < 0 && errno != EEXIST))
		return -errno;
	return 0;
}

int start_domain(struct start *s)
{
	struct xlcfg_error e;
	struct xlcfg c;
	int r = cmd_cfg_read(s->cfg, &c, &e);

	if (r && e.what) {
		log_warnx("%s:%u:%u: %s", s->cfg, e.line, e.column, e.what);
		return EXIT_USAGE;
	}
	if (r)
		return cmd_fail(r, s->cfg);
	s->ndisks = 0;
	r = start_config(s, &c);
	xlcfg_free(&c);
	return r;
}
