/* SPDX-License-Identifier: ISC */
/* What a person sees of a plan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/run_plan.h"

enum { TIME_TEXT = 32 };

void plan_title(const struct plan_cell *c, char *buf, size_t size)
{
	snprintf(buf, size, "%s, %s, %u vcpu%s", c->workload, mode_name(c->mode), c->vcpus,
		 c->vcpus == 1 ? "" : "s");
}

/* "4.2 s", "12 min", "3 h 05 min" */
static const char *time_text(double ms, char buf[TIME_TEXT])
{
	double s = ms / 1000;

	if (s < 59.95)
		snprintf(buf, TIME_TEXT, "%.1f s", s);
	else if (s < 3600)
		snprintf(buf, TIME_TEXT, "%.0f min", s / 60);
	else
		snprintf(buf, TIME_TEXT, "%lld h %02lld min", (long long)s / 3600,
			 (long long)s / 60 % 60);
	return buf;
}

/* How many boots a cell certainly has still to have. */
static unsigned missing(const struct plan_run *p, const struct plan_work *w)
{
	unsigned min = plan_boots_min(&p->plan);

	if (!w->here || plan_is_complete(&p->plan, &w->state) ||
	    plan_is_given_up(&p->plan, &w->state))
		return 0;
	return w->state.done < min ? min - w->state.done : 1;
}

/* The mean of all cells of which something is known, or 0. */
static double mean_of_all(const struct plan_run *p)
{
	double sum = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < p->ncells; i++) {
		if (!p->work[i].mean_of)
			continue;
		sum += p->work[i].mean_ms;
		n++;
	}
	return n ? sum / n : 0;
}

double plan_left_ms(const struct plan_run *p, unsigned *guessed)
{
	double left = 0, other = mean_of_all(p);

	*guessed = 0;
	for (unsigned i = 0; i < p->ncells; i++) {
		const struct plan_work *w = &p->work[i];
		unsigned n = missing(p, w);

		left += n * (w->mean_of ? w->mean_ms : other);
		if (!w->mean_of)
			*guessed += n;
	}
	return left;
}

static void show_one(const struct plan_run *p, unsigned n, unsigned round, unsigned place)
{
	const struct plan_work *w = &p->work[place];
	char time[TIME_TEXT];

	printf("%4u  %5u  %-16s  %-6s  %5u  ", n, round + 1, w->cell.workload,
	       mode_name(w->cell.mode), w->cell.vcpus);
	if (w->mean_of)
		printf("%10s  mean of %d earlier boots\n", time_text(w->mean_ms, time), w->mean_of);
	else
		printf("<%9s  the deadline: it was never booted so\n",
		       time_text(p->run->deadline_s * 1000.0, time));
}

static void show_total(const struct plan_run *p, unsigned boots)
{
	unsigned guessed, more = plan_boots_max(&p->plan) - plan_boots_min(&p->plan);
	double known = 0, left = plan_left_ms(p, &guessed);
	char time[TIME_TEXT], most[TIME_TEXT];

	for (unsigned i = 0; i < p->ncells; i++)
		if (p->work[i].mean_of)
			known += missing(p, &p->work[i]) * p->work[i].mean_ms;
	printf("%u boots: ", boots);
	if (!guessed)
		printf("about %s\n", time_text(left, time));
	else if (left > 0)
		printf("about %s if those never booted are like the others, at most %s\n",
		       time_text(left, time),
		       time_text(known + guessed * (p->run->deadline_s * 1000.0), most));
	else
		printf("at most %s\n", time_text(guessed * (p->run->deadline_s * 1000.0), most));
	if (more)
		printf("and up to %u more of each cell, until its figures are precise to %g%%\n",
		       more, p->plan.precision * 100);
}

/* Why some cells are not in the list. dry: to stdout, which the list is on. */
static void show_elsewhere(const struct plan_run *p, bool dry)
{
	char text[256] = "";
	size_t len = 0;


	for (unsigned i = 0; i < p->plan.nmodes; i++) {
		unsigned cells = 0;

		for (unsigned c = 0; c < p->ncells; c++)
			cells += !p->work[c].here && p->work[c].cell.mode == p->plan.mode[i] &&
				 !plan_is_complete(&p->plan, &p->work[c].state);
		if (cells)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s (%u)",
						len ? ", " : "", mode_name(p->plan.mode[i]), cells);
	}
	if (len && dry)
		printf("cells that are not for this host, or not asked for: %s\n", text);
	else if (len)
		log_info("cells that are not for this host, or not asked for: %s", text);
}

void plan_show_dry(const struct plan_run *p)
{
	unsigned n = 0;

	printf("run %s: %u cells, order %s, seed %llu\n", p->run->name, p->ncells,
	       plan_order_name(p->plan.order), (unsigned long long)p->plan.seed);
	printf("boot  round  workload          mode    vcpus        time\n");
	for (unsigned round = 0; round < plan_boots_max(&p->plan); round++) {
		plan_round(&p->plan, round, p->order);
		for (unsigned i = 0; i < p->ncells; i++) {
			const struct plan_work *w = &p->work[p->order[i]];

			if (missing(p, w) && w->state.done <= round &&
			    round < w->state.done + missing(p, w))
				show_one(p, ++n, round, p->order[i]);
		}
	}
	show_total(p, n);
	show_elsewhere(p, true);
}

/* The boot that began last, NULL when there is none; how many there are, and how long they have taken
 * together. */
static const struct plan_slot *running(const struct plan_run *p, unsigned *n, double *spent_ms)
{
	const struct plan_slot *last = NULL;
	int64_t now = io_now_ms();

	*n = 0;
	*spent_ms = 0;
	for (unsigned i = 0; i < p->nslots; i++) {
		const struct plan_slot *s = &p->slot[i];

		if (!s->pid)
			continue;
		++*n;
		*spent_ms += (double)(now - s->begun_ms);
		if (!last || s->begun_ms >= last->begun_ms)
			last = s;
	}
	return last;
}

/* "micro, pv, 1 vcpu and 2 more" */
static void running_text(const struct plan_run *p, char *buf, size_t size, unsigned *n, double *spent_ms)
{
	const struct plan_slot *last = running(p, n, spent_ms);

	snprintf(buf, size, "%s", last ? last->run.title : "between boots");
	if (*n > 1)
		snprintf(buf + strlen(buf), size - strlen(buf), " and %u more", *n - 1);
}

/* "[3/45] micro, pv, 1 vcpu", and what is left. */
static void progress_text(const struct plan_run *p, char *buf, size_t size)
{
	unsigned done = 0, all = 0, guessed, n;
	double left = plan_left_ms(p, &guessed);
	char time[TIME_TEXT], title[256];
	double spent;

	running_text(p, title, sizeof(title), &n, &spent);
	for (unsigned i = 0; i < p->ncells; i++) {
		if (!p->work[i].here)
			continue;
		done += p->work[i].state.done;
		all += p->work[i].state.done + missing(p, &p->work[i]);
	}
	left = (left - spent) / p->nslots;
	if (left > 0)
		snprintf(buf, size, "[%u/%u] %s: about %s left%s", done + n, all, title,
			 time_text(left, time), guessed ? " (a guess)" : "");
	else
		snprintf(buf, size, "[%u/%u] %s", done + n, all, title);
}

void plan_show_begin(const struct plan_run *p)
{
	char text[384];

	if (p->tty)
		return;
	progress_text(p, text, sizeof(text));
	log_info("%s", text);
}

void plan_show_tick(const struct plan_run *p)
{
	char text[384];
	double spent;
	unsigned n;

	if (!p->tty || !running(p, &n, &spent))
		return;
	progress_text(p, text, sizeof(text));
	fprintf(stderr, "\r\033[K%s, %.0f s", text, spent / n / 1000);
}

void plan_show_end(const struct plan_run *p, const struct plan_slot *slot,
		   enum store_boot_status status, int64_t took_ms)
{
	const struct plan_work *w = &p->work[slot->place];
	char time[TIME_TEXT];

	if (status == STORE_BOOT_DONE)
		log_info("%s: done after %s", slot->run.title, time_text((double)took_ms, time));
	else if (status == STORE_BOOT_FAILED)
		log_info("%s: failed, %u of %u: %s", slot->run.title, w->state.failed,
			 p->plan.retries + 1, w->why);
}

int plan_show_summary(const struct plan_run *p)
{
	unsigned complete = 0, here = 0;
	char title[128];

	for (unsigned i = 0; i < p->ncells; i++) {
		const struct plan_work *w = &p->work[i];

		here += w->here;
		complete += w->here && plan_is_complete(&p->plan, &w->state);
		if (!w->here || !plan_is_given_up(&p->plan, &w->state))
			continue;
		plan_title(&w->cell, title, sizeof(title));
		log_warnx("%s: given up after %u failed boots%s%s", title, w->state.failed,
			  w->why[0] ? ": " : "", w->why);
	}
	show_elsewhere(p, false);
	log_info("run %s: %u of %u cells complete", p->run->name, complete, here);
	if (p->stopped)
		log_warnx("run: interrupted; to go on: xlab run --resume %s --store %s --out %s",
			  p->run->name, p->run->store, p->args->out);
	return complete == here ? EXIT_OK : EXIT_SYSTEM;
}
