/* SPDX-License-Identifier: ISC */
#include "host/booted.h"

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

static int booted_fail(const struct booted *b, int err, const char *what)
{
	if (err == -ENOENT)
		return run_fail(b->run, b->guest, b->mode,
				"there is no xl: run this in dom0, with xen-utils installed");
	return run_fail(b->run, b->guest, b->mode, "%s: %s (what xl said is in %s)", what,
			strerror(-err), b->log);
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

/* Whether the collector takes nothing more from it: it need not be waited for. */
static bool booted_is_refused(struct booted *b)
{
	char why[XP_VALUE_MAX + 1];

	return b->src.src.get(&b->src.src, XPK_REFUSED, why, sizeof(why)) >= 0;
}

/* Prints the guest's state when it has changed. Returns 1 while the domain is worth waiting for, 0,
 * or -errno. */
static int booted_look(struct booted *b)
{
	char val[XP_VALUE_MAX + 1];
	enum xp_state state;
	int r = b->src.src.still(&b->src.src);

	if (r)
		return r == -ENOENT || r == -ESTALE ? 0 : r;
	r = b->src.src.get(&b->src.src, XPK_STATE, val, sizeof(val));
	state = r < 0 ? XPS_NONE : xp_state_find(val, (size_t)r);
	if (state != XPS_NONE && state != b->state) {
		if (!b->run->quiet)
			log_info("%s: %s", run_title(b->run, b->guest, b->mode),
				 xp_state_word(state));
		b->state = state;
	}
	return !booted_is_refused(b);
}

/* Sleeps until xenstore has something to say. 0, -EINTR when the user wants to stop, or -errno. */
static int booted_sleep(struct booted *b)
{
	struct pollfd fds[] = {
		{ .fd = xst_fd(b->xs), .events = POLLIN },
		{ .fd = b->run->stop_fd, .events = POLLIN },
	};
	int r;

	if (poll(fds, 2, b->stirred ? 0 : POLL_MS) < 0 && errno != EINTR)
		return -errno;
	b->stirred = false;
	r = xst_take_events(b->xs);
	return !r && fds[1].revents & POLLIN ? -EINTR : r;
}

static int booted_late(const struct booted *b)
{
	char console[PATH_MAX];

	run_fail(b->run, b->guest, b->mode, "not over after %d s, state '%s'", b->run->deadline_s,
		 xp_state_word(b->state));
	log_info("last lines of its console:");
	snprintf(console, sizeof(console), CONSOLE_LOG, b->guest->setup.desc.name);
	run_show_log(console);
	return EXIT_SYSTEM;
}

int booted_wait(struct booted *b, enum xp_state state, int64_t until)
{
	int r;

	while ((r = booted_look(b)) > 0) {
		if (state != XPS_NONE && b->state >= state)
			return EXIT_OK;
		if (io_now_ms() >= until)
			return booted_late(b);
		r = run_collector(b->run, NULL);
		if (!r)
			r = booted_sleep(b);
		if (r)
			break;
	}
	if (r == -EINTR)
		return EXIT_SYSTEM;
	return r ? booted_fail(b, r, "cannot run the domain") : EXIT_OK;
}

int booted_begin(struct booted *b, const char *barrier)
{
	const struct setup_run told = {
		.run = b->run->name,
		.image = b->guest->image,
		.barrier = barrier,
		.sync = !barrier[0] ? "" : b->run->ssh ? "ssh" : "xenstore",
		.warmups = b->run->warmups,
		.repetitions = b->run->repetitions,
	};
	int r = booted_watch(b);

	if (!r)
		r = setup_tell(&b->guest->setup, &b->src.src, b->mode, &told);
	if (!r)
		r = xl_unpause(b->guest->setup.desc.name, b->log);
	return r ? booted_fail(b, r, "cannot begin") : EXIT_OK;
}

/* A guest that rebooted has a successor, which belongs to no run. */
void booted_end(struct booted *b)
{
	const char *name = b->guest->setup.desc.name;
	unsigned domid;

	if (!xl_domid(name, &domid, b->log))
		xl_destroy(name, b->log);
	xst_close(b->xs);
}

/* Finds out who the new domain is. 0 or -errno. */
static int booted_identify(struct booted *b)
{
	unsigned domid;
	int r = xl_domid(b->guest->setup.desc.name, &domid, b->log);

	if (r)
		return r;
	b->guest->domid = domid;
	source_xs_init(&b->src, b->xs, domid);
	return source_xs_uuid(&b->src, b->guest->uuid, sizeof(b->guest->uuid));
}

static int booted_start(struct booted *b)
{
	static struct start start;
	char cfg[PATH_MAX + 16];
	int r = run_collector(b->run, NULL), status;

	if (r)
		return run_fail(b->run, b->guest, b->mode, "cannot collect: %s", strerror(-r));
	snprintf(cfg, sizeof(cfg), "%s/%s", b->guest->setup.dir, domain_config_name(b->mode));
	start = (struct start){ .cfg = cfg, .paused = true, .keep = -1 };
	strcpy(start.log, b->log);
	status = start_domain(&start);
	if (status) {
		snprintf(b->guest->why, sizeof(b->guest->why), "cannot create the domain");
		return status;
	}
	r = booted_identify(b);
	b->guest->began = !r;
	if (!r)
		return EXIT_OK;
	xl_destroy(start.name, b->log);
	return booted_fail(b, r, "cannot create the domain");
}

int booted_create(struct booted *b, struct run *run, struct run_guest *guest, enum mode mode)
{
	int r, status;

	*b = (struct booted){ .run = run, .guest = guest, .mode = mode };
	snprintf(b->log, sizeof(b->log), "%s/%s.log", guest->setup.dir, mode_name(mode));
	r = xst_open(&b->xs, xst_stir, &b->stirred);
	if (r)
		return run_fail(b->run, guest, mode,
				"cannot reach xenstore: %s (is this dom0, as root, with xenstored running?)",
				strerror(-r));
	status = booted_start(b);
	if (status)
		xst_close(b->xs);
	return status;
}
