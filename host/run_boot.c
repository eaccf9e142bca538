/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/image.h"
#include "host/run.h"

/* What the store says of a guest that was there. 0, or -errno with status and why as they are. */
static int ask_store(const struct run *run, const struct run_guest *g, enum store_status *status,
		     char *why, size_t size)
{
	struct store *s;
	int r = store_open(run->store, STORE_READ, &s);

	if (r)
		return r;
	r = store_find(s, run->name, g->uuid, status, why, size);
	store_close(s);
	return r;
}

/* Says how the boot of one guest ended. An exit status. */
static int run_verdict(const struct run *run, enum mode mode, struct run_guest *g, int64_t started)
{
	enum store_status status = STORE_LOST;
	char why[sizeof(g->why) / 2] = "nothing came from it";
	int r = ask_store(run, g, &status, why, sizeof(why));

	if (r && r != -ENOENT)
		return cmd_fail(r, run->store);
	if (!r && status == STORE_RUNNING)
		status = STORE_LOST;
	if (status != STORE_DONE)
		return run_fail(run, g, mode, "%s: %s",
				status == STORE_INVALID ? "INVALID" : store_status_name(status),
				why);
	if (!run->quiet)
		log_info("%s: all stored after %.1f s", run_title(run, g, mode),
			 (double)(io_now_ms() - started) / 1000);
	return EXIT_OK;
}

/* Takes the hash of a guest's disk, which no guest may change. An exit status. */
static int run_hash(const struct run *run, struct run_guest *g, enum mode mode)
{
	char before[sizeof(g->image)];
	int r;

	strcpy(before, g->image);
	r = image_sha256(g->setup.desc.disk, g->image);
	if (r)
		return cmd_fail(r, g->setup.desc.disk);
	if (!before[0] || !strcmp(before, g->image))
		return EXIT_OK;
	return run_fail(run, g, mode,
			"an earlier guest has changed the disk: its figures cannot be compared");
}

/* Writes the configs of that mode. An exit status. */
static int run_write(const struct run *run, enum mode mode)
{
	int r = 0;

	for (int i = 0; i < run->nguests && !r; i++) {
		r = setup_write(&run->guest[i].setup, mode);
		if (r)
			r = setup_fail(&run->guest[i].setup, mode, r);
	}
	return r;
}

/* What has to be so before anything boots. An exit status. */
static int run_prepare(struct run *run, enum mode mode)
{
	int r = EXIT_OK;

	for (int i = 0; i < run->nguests; i++) {
		run->guest[i].uuid[0] = run->guest[i].why[0] = '\0';
		run->guest[i].domid = 0;
		run->guest[i].began = false;
	}
	r = run_write(run, mode);
	for (int i = 0; i < run->nguests && !r; i++)
		r = run_hash(run, &run->guest[i], mode);
	return r;
}

int run_boot(struct run *run, enum mode mode)
{
	int64_t started = io_now_ms();
	int r = run_prepare(run, mode), status;

	if (r)
		return r;
	if (!run->quiet)
		log_info("%s: booting", mode_name(mode));
	r = mode == MODE_NATIVE ? run_native(run) : run_xen(run, mode);
	/* Where it failed, what the store knows may be why. */
	for (int i = 0; i < run->nguests; i++) {
		if (r && !run->guest[i].began)
			continue;
		status = run_verdict(run, mode, &run->guest[i], started);
		r = r ? r : status;
	}
	return r;
}
