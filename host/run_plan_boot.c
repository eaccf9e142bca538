/* SPDX-License-Identifier: ISC */
/* The boots of a plan, in rounds. Each is a process of its own, so that several can be at work. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/machine.h"
#include "host/run_plan.h"

enum { TICK_MS = 1000 };

/* What the process that boots has to say at its end. */
struct slot_report {
	bool failed, stopped;
	char image[65], why[128];
};

int plan_slots_make(struct plan_run *p)
{
	int r = EXIT_OK;

	for (unsigned i = 0; i < p->nslots && !r; i++) {
		struct plan_slot *s = &p->slot[i];
		char dir[PATH_MAX];
		int n = snprintf(dir, sizeof(dir), "%s", p->args->out);

		s->guest.setup = (struct setup){ .desc = p->plan.desc };
		if (p->nslots > 1) {
			n = snprintf(dir, sizeof(dir), "%s/job-%u", p->args->out, i + 1);
			plan_slot_name(p, i, s->guest.setup.desc.name);
		}
		if (n >= (int)sizeof(dir))
			return cmd_fail(-ENAMETOOLONG, p->args->out);
		r = setup_make(&s->guest.setup, dir, SETUP_DIRECT);
	}
	if (!r)
		setup_warn(&p->slot[0].guest.setup);
	return r;
}

/* Notes the end of a boot, and what the cell is like then. 0 or -errno. */
static int note_end(struct plan_run *p, const struct plan_slot *slot, enum store_boot_status status,
		    const char *why, int64_t took_ms)
{
	struct plan_work *w = &p->work[slot->place];
	struct store *s;
	int r = store_open(p->run->store, STORE_WRITE, &s);

	if (r)
		return r;
	snprintf(w->why, sizeof(w->why), "%s",
		 status != STORE_BOOT_FAILED ? ""
		 : why[0]		     ? why
					     : "it could not be booted");
	r = store_boot_end(s, &slot->boot, status, w->why[0] ? w->why : NULL, took_ms);
	if (!r)
		r = plan_take_counts(p, s);
	if (!r)
		r = plan_take_cell(p, s, slot->place);
	store_close(s);
	return r;
}

/* Makes the guest that of a cell, and notes that it will be booted. 0 or -errno. */
static int note_begin(struct plan_run *p, struct plan_slot *slot)
{
	const struct plan_cell *c = &p->work[slot->place].cell;
	struct domain_desc *d = &slot->guest.setup.desc;
	struct store *s;
	int r = run_new_uuid(d->uuid);

	if (r)
		return r;
	d->vcpus = c->vcpus;
	strcpy(d->workload, c->workload);
	strcpy(slot->guest.image, p->image);
	slot->run = *p->run;
	slot->run.guest = &slot->guest;
	plan_title(c, slot->run.title, sizeof(slot->run.title));
	slot->boot = (struct store_boot){ .cell = p->rows[slot->place].id };
	strcpy(slot->boot.uuid, d->uuid);
	r = store_open(p->run->store, STORE_WRITE, &s);
	if (r)
		return r;
	r = store_boot_begin(s, &slot->boot, p->host);
	store_close(s);
	return r;
}

/* The process that boots: it dies with us. Of a domain's results the collector of all takes care. */
static _Noreturn void slot_work(struct plan_slot *slot, enum mode mode, pid_t parent, int to)
{
	struct slot_report said = { 0 };
	struct run *run = &slot->run;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_SYSTEM);
	run->collect &= mode == MODE_NATIVE;
	run->collector = 0;
	said.failed = run_boot(run, mode) != EXIT_OK;
	/* What is stored under another UUID would never count for the cell. */
	if (!said.failed && strcmp(slot->guest.uuid, slot->boot.uuid))
		said.failed = run_fail(run, &slot->guest, mode,
				       "its domain has not the UUID that was chosen");
	said.stopped = run_is_stopped(run);
	strcpy(said.image, slot->guest.image);
	strcpy(said.why, slot->guest.why);
	_exit(write(to, &said, sizeof(said)) == sizeof(said) ? EXIT_OK : EXIT_SYSTEM);
}

/* Boots a cell. An exit status: whether it was begun. */
static int slot_begin(struct plan_run *p, struct plan_slot *slot, unsigned place)
{
	pid_t self = getpid();
	int pipes[2], r;

	slot->place = place;
	r = note_begin(p, slot);
	if (r)
		return cmd_fail(r, p->run->store);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return cmd_fail(-errno, "cannot boot");
	slot->begun_ms = io_now_ms();
	slot->pid = fork();
	if (slot->pid == 0)
		slot_work(slot, p->work[place].cell.mode, self, pipes[1]);
	r = -errno;
	close(pipes[1]);
	slot->from = pipes[0];
	if (slot->pid > 0) {
		plan_show_begin(p);
		return EXIT_OK;
	}
	slot->pid = 0;
	close(pipes[0]);
	return cmd_fail(r, "cannot boot");
}

/* Notes how the boot ended. An exit status: whether the store could be written. */
static int slot_end(struct plan_run *p, struct plan_slot *slot)
{
	enum store_boot_status status = STORE_BOOT_DONE;
	struct slot_report said = { .failed = true, .why = "the process that booted it died" };
	int64_t took = io_now_ms() - slot->begun_ms;
	struct slot_report got;
	int r;

	if (read(slot->from, &got, sizeof(got)) == sizeof(got))
		said = got;
	close(slot->from);
	waitpid(slot->pid, NULL, 0);
	slot->pid = 0;
	p->stopped |= said.stopped;
	if (said.failed)
		status = p->stopped ? STORE_BOOT_INTERRUPTED : STORE_BOOT_FAILED;
	if (said.image[0])
		strcpy(p->image, said.image);
	r = note_end(p, slot, status, said.why, took);
	plan_show_end(p, slot, status, took);
	return r ? cmd_fail(r, p->run->store) : EXIT_OK;
}

static void slots_stop(const struct plan_run *p)
{
	for (unsigned i = 0; i < p->nslots; i++)
		if (p->slot[i].pid)
			kill(p->slot[i].pid, SIGTERM);
}

/* Domains are collected from by one process for all. An exit status. */
static int slots_collect(struct plan_run *p)
{
	int r = machine_is_dom0() ? run_collector(p->run, NULL) : 0;

	return r ? cmd_fail(r, "cannot collect") : EXIT_OK;
}

/* Waits until a boot has ended, or for a while. An exit status. */
static int slots_wait(struct plan_run *p)
{
	struct pollfd fds[PLAN_JOBS_MAX + 1] = { { .fd = p->run->stop_fd, .events = POLLIN } };
	int r = slots_collect(p);

	plan_show_tick(p);
	for (unsigned i = 0; i < p->nslots; i++)
		fds[i + 1] = (struct pollfd){ .fd = p->slot[i].pid ? p->slot[i].from : -1,
					      .events = POLLIN };
	if (r || poll(fds, p->nslots + 1, TICK_MS) < 0)
		return r;
	if (fds[0].revents & POLLIN && run_is_stopped(p->run)) {
		p->stopped = true;
		slots_stop(p);
	}
	for (unsigned i = 0; i < p->nslots && !r; i++)
		if (p->slot[i].pid && fds[i + 1].revents)
			r = slot_end(p, &p->slot[i]);
	return r;
}

static struct plan_slot *slot_free(struct plan_run *p)
{
	for (unsigned i = 0; i < p->nslots; i++)
		if (!p->slot[i].pid)
			return &p->slot[i];
	return NULL;
}

/* Until all have ended. What fails here is not said again. An exit status. */
static int slots_drain(struct plan_run *p)
{
	int r = EXIT_OK;

	for (unsigned i = 0; i < p->nslots; i++)
		while (p->slot[i].pid && !r)
			r = slots_wait(p);
	if (!r)
		return r;
	slots_stop(p);
	for (unsigned i = 0; i < p->nslots; i++)
		if (p->slot[i].pid)
			slot_end(p, &p->slot[i]);
	return r;
}

static bool wants(const struct plan_run *p, unsigned place, unsigned round)
{
	return p->work[place].here && plan_wants(&p->plan, &p->work[place].state, round);
}

/* Visits every cell that wants a boot once. *visited: there was one. An exit status. */
static int run_pass(struct plan_run *p, unsigned round, bool *visited)
{
	struct plan_slot *slot;
	int r = slots_collect(p), drained;

	*visited = false;
	for (unsigned i = 0; i < p->ncells && !r && !p->stopped; i++) {
		if (!wants(p, p->order[i], round))
			continue;
		while (!(slot = slot_free(p)) && !r)
			r = slots_wait(p);
		if (r || p->stopped)
			break;
		r = slot_begin(p, slot, p->order[i]);
		*visited = true;
	}
	if (r)
		slots_stop(p);
	drained = slots_drain(p);
	return r ? r : drained;
}

int plan_boot_rounds(struct plan_run *p)
{
	int r = EXIT_OK;

	for (unsigned round = 0; round < plan_boots_max(&p->plan) && !r && !p->stopped; round++) {
		bool visited = true;

		plan_round(&p->plan, round, p->order);
		/* What fails is tried again when all others have had their turn. */
		while (visited && !r && !p->stopped)
			r = run_pass(p, round, &visited);
	}
	return r;
}
