/* SPDX-License-Identifier: ISC */
#include "host/export_json.h"

#include "host/walk.h"

static int put_reading(const struct walk_reading *r, void *arg)
{
	struct export_writer *w = arg;
	int err;

	export_json_next(w, &w->more_readings);
	putc('{', w->f);
	err = export_json_members(w, json_pack("{ss ss sI ss ss sO}", "run", r->run, "uuid",
					       r->uuid, "domid", (json_int_t)r->domid, "moment",
					       r->moment, "taken", r->taken, "facts", r->facts));
	putc('}', w->f);
	return err;
}

static int put_noise(const struct walk_noise *n, void *arg)
{
	struct export_writer *w = arg;
	int err;

	export_json_next(w, &w->more_noises);
	putc('{', w->f);
	err = export_json_members(w, json_pack("{ss ss sI ss ss}", "run", n->run, "uuid", n->uuid,
					       "domid", (json_int_t)n->domid, "flag", n->flag,
					       "text", n->text));
	putc('}', w->f);
	return err;
}

int export_json_readings(struct export_writer *w, const char *run)
{
	return walk_readings(w->s, run, put_reading, w);
}

int export_json_noises(struct export_writer *w, const char *run)
{
	return walk_noises(w->s, run, put_noise, w);
}
