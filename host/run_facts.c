/* SPDX-License-Identifier: ISC */
/* What the host is like before and after boots, and the noise between. It is told beside figures
 * and makes none: where it cannot be had or stored, that is said, and the boot goes on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/facts.h"
#include "host/run.h"
#include "host/store_facts.h"

static json_t *gather(const struct run *run)
{
	const struct facts_source src = facts_system();
	const char *names[RUN_GUESTS_MAX];

	for (int i = 0; i < run->nguests; i++)
		names[i] = run->guest[i].setup.desc.name;
	return facts_gather(&src, names, (size_t)run->nguests);
}

/* Stores what is known of one guest's boot. 0 or -errno. */
static int put_guest(struct store *s, const struct store_whose *whose, enum store_moment moment,
		     const char *const text[2], const json_t *noise)
{
	int r = store_reading_add(s, whose, store_moment_name(moment), "", text[0], text[1]);
	const json_t *one;
	size_t i;

	json_array_foreach(noise, i, one)
	{
		const char *flag = json_string_value(json_object_get(one, "flag"));
		const char *what = json_string_value(json_object_get(one, "text"));

		if (!r && flag && what && i < STORE_NOISES)
			r = store_noise_add(s, whose, (int64_t)i, flag, what);
	}
	return r;
}

/* Stores a reading for all guests that there are, in one transaction. 0 or -errno. */
static int put_all(const struct run *run, enum store_moment moment, const char *const text[2],
		   const json_t *noise)
{
	struct store *s;
	int r = store_open(run->store, STORE_WRITE, &s);

	if (r)
		return r;
	r = store_begin(s);
	for (int i = 0; !r && i < run->nguests; i++) {
		const struct run_guest *g = &run->guest[i];
		const struct store_whose whose = { run->name, g->uuid, g->domid };

		if (g->uuid[0])
			r = put_guest(s, &whose, moment, text, noise);
	}
	if (!r)
		r = store_commit(s);
	if (r)
		store_rollback(s);
	store_close(s);
	return r;
}

/* Stores a reading, and the noise if there is any. Reports what goes wrong. */
static void put(const struct run *run, enum store_moment moment, const json_t *facts,
		const json_t *noise)
{
	char *text[2];
	int r = facts ? facts_texts(facts, &text[0], &text[1]) : -ENOMEM;

	if (!r) {
		r = put_all(run, moment, (const char *const[]){ text[0], text[1] }, noise);
		free(text[0]);
		free(text[1]);
	}
	if (r)
		log_warnx("cannot keep what the host is like: %s: %s", run->store, strerror(-r));
}

void run_facts_before(struct run *run)
{
	json_decref(run->facts);
	run->facts = gather(run);
	put(run, STORE_BEFORE, run->facts, NULL);
}

void run_facts_after(struct run *run)
{
	json_t *after, *noise;

	if (!run->facts)
		return;
	after = gather(run);
	noise = facts_noise(run->facts, after);
	put(run, STORE_AFTER, after, noise);
	json_decref(noise);
	json_decref(after);
	json_decref(run->facts);
	run->facts = NULL;
}
