/* SPDX-License-Identifier: ISC */
#include "host/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/source.h"
#include "host/start.h"
#include "host/xl.h"

/* Where xenconsoled --log=guest writes (xenconsoled(8)). */
#define CONSOLE_LOG "/var/log/xen/console/guest-%s.log"

enum { POLL_MS = 1000 };

/* A domain that this run has created. */
struct booted {
	struct run *run;
	enum mode mode;
	char log[PATH_MAX + 16]; /* what xl said */
	struct xst *xs;
	struct source_xs src;
	char state[16]; /* as it said last */
};

static int booted_fail(const struct booted *b, int err, const char *what)
{
	if (err == -ENOENT)
		log_warnx("%s: there is no xl: run this in dom0, with xen-utils installed",
			  mode_name(b->mode));
	else
		log_warnx("%s: %s: %s (what xl said is in %s)", mode_name(b->mode), what,
			  strerror(-err), b->log);
	return EXIT_SYSTEM;
}

/* Watches what ends a run. 0 or -errno. */
static int booted_watch(struct booted *b)
{
	char path[64], key[XP_KEY_MAX];
	int r;

	snprintf(path, sizeof(path), "/local/domain/%u/%s", b->src.domid,
		 xp_key_path(XPK_STATE, key));
	r = xst_watch(b->xs, "@releaseDomain", "gone");
	return r ? r : xst_watch(b->xs, path, "state");
}

/* A guest may write what it likes; what is printed are the protocol's words. */
static bool state_is_known(const char *state)
{
	static const char *const words[] = { "ready", "running", "done", "failed" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], state))
			return true;
	return false;
}

/* Prints the guest's state when it has changed. Returns 1 while the domain exists, 0, or -errno. */
static int booted_look(struct booted *b)
{
	char state[sizeof(b->state)], uuid[40];
	int r = source_xs_uuid(&b->src, uuid, sizeof(uuid));

	if (r)
		return r == -ENOENT ? 0 : r;
	r = b->src.src.get(&b->src.src, XPK_STATE, state, sizeof(state));
	if (r >= 0 && strcmp(state, b->state) && state_is_known(state)) {
		log_info("%s: %s", mode_name(b->mode), state);
		strcpy(b->state, state);
	}
	return 1;
}

/* Waits until the domain is gone. 0, -ETIMEDOUT, -EINTR when the user wants to stop, or -errno. */
static int booted_wait(struct booted *b)
{
	struct pollfd fds[] = {
		{ .fd = xst_fd(b->xs), .events = POLLIN },
		{ .fd = b->run->stop_fd, .events = POLLIN },
	};
	int64_t until = io_now_ms() + b->run->deadline_s * 1000LL;
	char token[8];
	int r;

	while ((r = booted_look(b)) > 0) {
		if (fds[1].revents & POLLIN)
			return -EINTR;
		if (io_now_ms() >= until)
			return -ETIMEDOUT;
		if ((r = run_collector(b->run, NULL)))
			return r;
		if (poll(fds, 2, POLL_MS) < 0 && errno != EINTR)
			return -errno;
		while ((r = xst_next_event(b->xs, token, sizeof(token))) > 0)
			;
		if (r < 0)
			return r;
	}
	return r;
}

/* Lets the domain run and waits for its end; takes it away if that does not come. */
static int booted_run(struct booted *b)
{
	const struct domain_desc *d = &b->run->setup.desc;
	char console[PATH_MAX];
	unsigned domid;
	int r = booted_watch(b);

	if (!r)
		r = setup_tell(&b->run->setup, &b->src.src, b->mode, b->run->image, b->run->name);
	if (!r)
		r = xl_unpause(d->name, b->log);
	if (!r)
		r = booted_wait(b);
	/* A guest that rebooted has a successor, which belongs to no run. */
	if (r || !xl_domid(d->name, &domid, b->log))
		xl_destroy(d->name, b->log);
	if (!r)
		return EXIT_OK;
	if (r != -ETIMEDOUT)
		return r == -EINTR ? EXIT_SYSTEM : booted_fail(b, r, "cannot run the domain");
	log_warnx("%s: not over after %d s, state '%s': last lines of its console:",
		  mode_name(b->mode), b->run->deadline_s, b->state);
	snprintf(console, sizeof(console), CONSOLE_LOG, d->name);
	run_show_console(console);
	return EXIT_SYSTEM;
}

/* Finds out who the new domain is. 0 or -errno. */
static int booted_identify(struct booted *b, char *uuid, size_t size)
{
	unsigned domid;
	int r = xl_domid(b->run->setup.desc.name, &domid, b->log);

	if (r)
		return r;
	source_xs_init(&b->src, b->xs, domid);
	return source_xs_uuid(&b->src, uuid, size);
}

/* Creates the domain, paused, and finds out who it is. */
static int booted_create(struct booted *b, const char *cfg, char *uuid, size_t size)
{
	static struct start start;
	int r = run_collector(b->run, NULL), status;

	if (r) {
		log_warnx("%s: cannot collect: %s", mode_name(b->mode), strerror(-r));
		return EXIT_SYSTEM;
	}
	start = (struct start){ .cfg = cfg, .paused = true, .keep = -1 };
	strcpy(start.log, b->log);
	status = start_domain(&start);
	if (status)
		return status;
	r = booted_identify(b, uuid, size);
	if (!r)
		return EXIT_OK;
	xl_destroy(start.name, b->log);
	return booted_fail(b, r, "cannot create the domain");
}

int run_xen(struct run *run, enum mode mode, char *uuid, size_t size)
{
	struct booted b = { .run = run, .mode = mode };
	char cfg[PATH_MAX + 16];
	int r = xst_open(&b.xs), status;

	snprintf(cfg, sizeof(cfg), "%s/%s", run->setup.dir, domain_config_name(mode));
	snprintf(b.log, sizeof(b.log), "%s/%s.log", run->setup.dir, mode_name(mode));
	if (r) {
		log_warnx(
			"%s: cannot reach xenstore: %s (is this dom0, as root, with xenstored running?)",
			mode_name(mode), strerror(-r));
		return EXIT_SYSTEM;
	}
	status = booted_create(&b, cfg, uuid, size);
	if (!status)
		status = booted_run(&b);
	xst_close(b.xs);
	return status;
}
