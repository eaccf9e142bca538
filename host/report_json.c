/* SPDX-License-Identifier: ISC */
#include "host/report.h"

static json_t *json_ratio(double ratio)
{
	return ratio > 0 ? json_real(ratio) : json_null();
}

static json_t *json_row(const struct report_row *row)
{
	return json_pack("{ss ss ss sf sf sf sI so sb ss}", "mode", mode_name(row->mode),
			 "benchmark", row->benchmark, "unit", row->unit, "median", row->median,
			 "low", row->low, "high", row->high, "n", (json_int_t)row->n,
			 "ratio_to_native", json_ratio(row->ratio), "emulated", row->emulated,
			 "image_sha256", row->image);
}

static json_t *json_guest(const struct report_guest *g)
{
	return json_pack("{ss ss ss ss ss sb sI ss}", "asked", g->asked, "measured", g->measured,
			 "status", g->status, "why", g->why, "link", g->link, "emulated",
			 g->emulated, "samples", (json_int_t)g->samples, "image_sha256", g->image);
}

/* Puts the rows in the order of the modes. */
static json_t *json_rows(const struct report *r)
{
	json_t *rows = json_array();

	for (int m = MODE_UNKNOWN; m < MODE_COUNT; m++)
		for (size_t i = 0; i < r->nrows; i++)
			if (r->rows[i].mode == (enum mode)m)
				json_array_append_new(rows, json_row(&r->rows[i]));
	return rows;
}

json_t *report_json(const struct report *r)
{
	json_t *guests = json_array();

	for (size_t i = 0; i < r->nguests; i++)
		json_array_append_new(guests, json_guest(&r->guests[i]));
	return json_pack("{si ss sb so so}", "report", 1, "run", r->run, "emulated", r->emulated,
			 "guests", guests, "rows", json_rows(r));
}
