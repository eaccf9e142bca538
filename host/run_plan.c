/* SPDX-License-Identifier: ISC */
#include "host/run_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/daemon.h"
#include "host/image.h"
#include "host/machine.h"

/* What the user wants otherwise than the plan. An exit status. */
static int take_order(struct plan_run *p)
{
	const struct plan_args *a = p->args;
	const char *order = a->order ? plan_set_order(&p->plan, a->order) : NULL;
	const char *seed = a->seed ? plan_set_seed(&p->plan, a->seed) : NULL;

	if (order || seed) {
		log_warnx("run: --%s '%s' %s", order ? "order" : "seed", order ? a->order : a->seed,
			  order ? order : seed);
		return EXIT_USAGE;
	}
	if (p->plan.seeded)
		return EXIT_OK;
	if (getrandom(&p->plan.seed, sizeof(p->plan.seed), 0) != sizeof(p->plan.seed))
		return cmd_fail(-errno, "cannot draw a seed");
	p->plan.seed &= UINT32_MAX; /* enough, and short enough to be told on */
	return EXIT_OK;
}

/* Takes a plan from its file. An exit status. */
static int load_file(struct plan_run *p)
{
	char why[128];

	if (!plan_read(p->args->path, &p->plan, p->stored.text, why, sizeof(why)))
		return take_order(p);
	log_warnx("%s: %s", p->args->path, why);
	return EXIT_USAGE;
}

/* Takes the plan of a run from the store. 0 or -errno; -EUCLEAN for what is no plan. */
static int load_stored(struct plan_run *p, struct store *s)
{
	char text[KEYFILE_MAX], why[128];
	int r = store_plan_get(s, p->run->name, &p->stored);

	if (!r)
		r = store_plan_text(s, &p->stored, p->stored.text);
	if (r)
		return r;
	strcpy(text, p->stored.text);
	if (plan_parse(text, &p->plan, why, sizeof(why)) ||
	    plan_set_order(&p->plan, p->stored.order) || p->stored.seed > (int64_t)PLAN_SEED_MAX)
		return -EUCLEAN;
	p->plan.seed = (uint64_t)p->stored.seed;
	return 0;
}

/* A plan that has changed since would be another run. An exit status. */
static int check_same(const struct plan_run *p)
{
	char text[KEYFILE_MAX], why[128];
	struct plan plan;

	if (!p->args->path)
		return EXIT_OK;
	if (plan_read(p->args->path, &plan, text, why, sizeof(why))) {
		log_warnx("%s: %s", p->args->path, why);
		return EXIT_USAGE;
	}
	if (!strcmp(text, p->stored.text))
		return EXIT_OK;
	log_warnx("%s: not the plan that run %s began with", p->args->path, p->run->name);
	return EXIT_USAGE;
}

static int load_resumed(struct plan_run *p)
{
	struct store *s;
	int r;

	if (!p->run->store) {
		log_warnx("run: --resume needs --out DIR or --store FILE");
		return EXIT_USAGE;
	}
	r = store_open(p->run->store, STORE_READ, &s);
	if (r)
		return cmd_fail_store(r, p->run->store);
	r = load_stored(p, s);
	store_close(s);
	if (!r)
		return check_same(p);
	if (r != -ENOENT)
		return cmd_fail_store(r, p->run->store);
	log_warnx("%s: no run %s of a plan in it", p->run->store, p->run->name);
	return EXIT_USAGE;
}

/* Whether a cell can be booted on this machine, and the user wants it. */
static bool is_here(const struct plan_args *a, enum mode mode, bool dom0)
{
	bool asked = !a->nmodes;

	for (int i = 0; i < a->nmodes; i++)
		asked |= a->mode[i] == mode;
	return asked && (mode == MODE_NATIVE) != dom0;
}

/* Lays the cells out. An exit status. */
static int lay_out(struct plan_run *p)
{
	bool dom0 = machine_is_dom0(), any = false;

	p->ncells = plan_cells(&p->plan);
	p->rows = calloc(p->ncells, sizeof(*p->rows));
	p->work = calloc(p->ncells, sizeof(*p->work));
	p->order = calloc(p->ncells, sizeof(*p->order));
	if (!p->rows || !p->work || !p->order)
		return cmd_fail(-ENOMEM, "run");
	for (unsigned i = 0; i < p->ncells; i++) {
		struct plan_cell c = plan_cell_at(&p->plan, i);
		struct store_cell *row = &p->rows[i];

		p->work[i].cell = c;
		p->work[i].here = is_here(p->args, c.mode, dom0);
		p->work[i].state.precise = p->plan.precision <= 0;
		any |= p->work[i].here;
		row->place = i;
		row->vcpus = c.vcpus;
		strcpy(row->workload, c.workload);
		strcpy(row->mode, mode_name(c.mode));
	}
	if (any)
		return EXIT_OK;
	log_warnx("run: no mode that is asked for can be booted here: %s",
		  dom0 ? "native cannot be run under Xen" : "pv, pvh, pvhvm and hvm need dom0");
	return EXIT_USAGE;
}

void plan_slot_name(const struct plan_run *p, unsigned slot, char name[sizeof(p->plan.desc.name)])
{
	snprintf(name, sizeof(p->plan.desc.name), "%.*s-%u", (int)sizeof(p->plan.desc.name) - 4,
		 p->plan.desc.name, slot + 1);
}

/* How many cells run at once. An exit status. */
static int take_jobs(struct plan_run *p)
{
	const struct domain_desc *d = &p->plan.desc;
	const char *why = NULL;
	int jobs = p->args->jobs > 1 ? p->args->jobs : 1;

	if (jobs > 1 && !p->plan.together)
		why = "cells would disturb each other, and the plan does not say 'together = yes'";
	else if (jobs > PLAN_JOBS_MAX)
		why = "so many never run at once";
	else if (jobs > 1 && (d->scratch[0] || d->mac[0]))
		why = d->scratch[0] ? "one scratch disk is not for several guests"
				    : "one mac is not for several guests";
	p->nslots = (unsigned)jobs;
	if (!why)
		return EXIT_OK;
	log_warnx("run: --jobs %d: %s", jobs, why);
	return EXIT_USAGE;
}

/* What the plan says, unless the user says otherwise. An exit status. */
static int take_settings(struct plan_run *p)
{
	struct run *run = p->run;
	const char *wrong = NULL;
	int r = take_jobs(p);

	if (r)
		return r;
	if (p->args->disk)
		wrong = domain_set(&p->plan.desc, "disk", p->args->disk);
	if (wrong) {
		log_warnx("%s: %s", p->args->disk, wrong);
		return EXIT_USAGE;
	}
	run->deadline_s = p->args->deadline_s ? p->args->deadline_s : (int)p->plan.deadline_s;
	run->nguests = 1;
	run->quiet = true;
	run->chroot = p->plan.chroot;
	snprintf(run->repetitions, sizeof(run->repetitions), "%u",
		 plan_repetitions_a_boot(&p->plan));
	if (p->plan.warmups >= 0)
		snprintf(run->warmups, sizeof(run->warmups), "%d", p->plan.warmups);
	p->tty = isatty(STDERR_FILENO);
	if (p->tty)
		log_init("\r\033[Kxlab"); /* what is said takes the place of the progress line */
	machine_id(p->host);
	return EXIT_OK;
}

/* Fills in what the store knows for a list, where there is a store. An exit status. */
static int look(struct plan_run *p)
{
	struct store *s;
	int r;

	if (!p->run->store || access(p->run->store, F_OK) < 0)
		return EXIT_OK;
	r = store_open(p->run->store, STORE_READ, &s);
	if (r)
		return cmd_fail_store(r, p->run->store);
	r = plan_take_counts(p, s);
	for (unsigned i = 0; !r && i < p->ncells; i++)
		r = plan_take_cell(p, s, i);
	store_close(s);
	return r ? cmd_fail_store(r, p->run->store) : EXIT_OK;
}

/* Two that go on with one run would take each other's guests for left behind. The lock lives as
 * long as the descriptor that is returned; negative: an exit status, negated. */
static int lock_store(const char *store, char *path, size_t size)
{
	struct daemon_holder holder;
	struct stat st;
	int fd;

	snprintf(path, size, "%s.run", store);
	do {
		fd = daemon_lock(path, "", &holder);
		if (fd == -EBUSY) {
			log_warnx("%s: another xlab run (process %d) is at work on a plan in it",
				  store, (int)holder.pid);
			return -EXIT_USAGE;
		}
		if (fd < 0)
			return -cmd_fail(fd, path);
		/* One that was just taken away is nobody's. */
	} while (fstat(fd, &st) == 0 && st.st_nlink == 0 && !close(fd));
	return fd;
}

/* Takes the hashes of the payloads, for the store. An exit status. */
static int hash_payloads(struct plan_run *p, char payloads[STORE_PAYLOADS])
{
	const struct domain_desc *d = &p->slot[0].guest.setup.desc;
	size_t len = 0;
	char hex[65];

	payloads[0] = '\0';
	for (unsigned i = 0; i < d->npayloads; i++) {
		int r = image_sha256(d->payload[i], hex);

		if (r)
			return cmd_fail(r, d->payload[i]);
		len += (size_t)snprintf(payloads + len, STORE_PAYLOADS - len, "%s%s", i ? " " : "",
					hex);
	}
	return EXIT_OK;
}

static int has_changed(const struct plan_run *p, const char *what)
{
	log_warnx("%s: has changed since run %s began: figures would not compare", what,
		  p->run->name);
	return EXIT_USAGE;
}

/* What guests run from payloads that are not those before them would not compare either. */
static int check_payloads(struct plan_run *p)
{
	char payloads[STORE_PAYLOADS];
	int r = p->stored.payloads[0] ? hash_payloads(p, payloads) : EXIT_OK;

	if (r || !p->stored.payloads[0] || !strcmp(payloads, p->stored.payloads))
		return r;
	return has_changed(p, "a payload");
}

/* Guests that ran from another disk than those before them would not compare. An exit status. */
static int check_disk(struct plan_run *p, struct store *s)
{
	const char *disk = p->slot[0].guest.setup.desc.disk;
	char image[sizeof(p->image)];
	int r = store_run_image(s, p->run->name, image);

	if (r == -ENOENT)
		return EXIT_OK;
	if (r)
		return cmd_fail_store(r, p->run->store);
	r = image_sha256(disk, p->image);
	if (r)
		return cmd_fail(r, disk);
	if (!strcmp(image, p->image))
		return EXIT_OK;
	return has_changed(p, disk);
}

/* Puts a new run into the store. An exit status. */
static int add_plan(struct plan_run *p, struct store *s)
{
	int r = hash_payloads(p, p->stored.payloads);

	if (r)
		return r;
	strcpy(p->stored.run, p->run->name);
	strcpy(p->stored.host, p->host);
	strcpy(p->stored.order, plan_order_name(p->plan.order));
	p->stored.seed = (int64_t)p->plan.seed;
	r = store_plan_add(s, &p->stored, p->rows, p->ncells);
	if (r != -EEXIST)
		return r ? cmd_fail_store(r, p->run->store) : EXIT_OK;
	log_warnx("%s: there is a run %s already; to go on with it: --resume %s", p->run->store,
		  p->run->name, p->run->name);
	return EXIT_USAGE;
}

/* An exit status. */
static int begin_run(struct plan_run *p)
{
	struct store *s;
	int r = store_open(p->run->store, STORE_WRITE, &s);

	if (r)
		return cmd_fail_store(r, p->run->store);
	if (!p->args->resume)
		r = add_plan(p, s);
	else if (!(r = check_disk(p, s)))
		r = check_payloads(p);
	store_close(s);
	return r;
}

/* All that is missing. An exit status. */
static int run_rounds(struct plan_run *p)
{
	int r = plan_clean_up(p);

	if (r)
		return r;
	r = plan_boot_rounds(p);
	run_collector_stop(p->run);
	return plan_show_summary(p) ? EXIT_SYSTEM : r;
}

/* With the store to ourselves. An exit status. */
static int carry_out(struct plan_run *p)
{
	int r;

	snprintf(p->run->said, sizeof(p->run->said), "%s/collect.log", p->args->out);
	r = plan_slots_make(p);
	if (!r)
		r = begin_run(p);
	if (r)
		return r;
	p->run->stop_fd = cmd_stop_fd();
	if (p->run->stop_fd < 0)
		return cmd_fail(-errno, "signalfd");
	log_info("run %s: %u cells, order %s, seed %llu", p->run->name, p->ncells,
		 plan_order_name(p->plan.order), (unsigned long long)p->plan.seed);
	return run_rounds(p);
}

static int locked(struct plan_run *p)
{
	char path[PATH_MAX + 16];
	int fd, r;

	if (mkdir(p->args->out, 0777) < 0 && errno != EEXIST)
		return cmd_fail(-errno, p->args->out);
	fd = lock_store(p->run->store, path, sizeof(path));
	if (fd < 0)
		return -fd;
	r = carry_out(p);
	unlink(path);
	close(fd);
	return r;
}

int run_plan(struct run *run, const struct plan_args *a)
{
	static struct plan_run p;
	int r;

	p = (struct plan_run){ .run = run, .args = a };
	r = a->resume ? load_resumed(&p) : load_file(&p);
	if (!r)
		r = lay_out(&p);
	if (!r)
		r = take_settings(&p);
	if (!r && a->dry) {
		r = look(&p);
		if (!r)
			plan_show_dry(&p);
	} else if (!r) {
		r = locked(&p);
	}
	free(p.rows);
	free(p.work);
	free(p.order);
	return r;
}
