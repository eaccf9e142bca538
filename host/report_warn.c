/* SPDX-License-Identifier: ISC */
/* What a reader must know before the figures. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/report_parts.h"

enum { NAMES = 300 };

int report_warn_add(struct report *r, const char *format, ...)
{
	char text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return json_array_append_new(r->warnings, json_string(text)) ? -ENOMEM : 0;
}

/* How many rows are so; some of their names, with commas, in names, and "..." for what has no room.
 */
static size_t rows_that(const struct report *r, bool (*is)(const struct report_row *),
			char names[NAMES])
{
	size_t n = 0, len = 0;

	names[0] = '\0';
	for (size_t i = 0; i < r->nrows; i++) {
		char name[REPORT_LABEL + 16];
		int need;

		if (!is(&r->rows[i]))
			continue;
		need = snprintf(name, sizeof(name), "%s%s in %s", n++ ? ", " : "", r->rows[i].label,
				mode_name(r->rows[i].mode));
		if (len + (size_t)need + 5 < NAMES)
			len += (size_t)sprintf(names + len, "%s", name);
		else if (len + 5 < NAMES && names[len - 1] != '.')
			len += (size_t)sprintf(names + len, ", ...");
	}
	return n;
}

static int warn_emulated(struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nrows; i++)
		n += r->rows[i].emulated;
	if (!n)
		return 0;
	return report_warn_add(r,
		    "%s figures are EMULATED: ratios between modes mean something, absolute times "
		    "mean nothing.",
		    n == r->nrows ? "All" : "Some");
}

static int warn_unused(struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nboots; i++)
		n += !r->boots[i].used;
	return n ? report_warn_add(r, "%zu of %zu boots are not used: the list of boots says why.", n,
			r->nboots)
		 : 0;
}

/* A native row is beside itself, unless its figure cannot be divided by. */
static int warn_native(struct report *r)
{
	bool measured = false;

	for (size_t i = 0; i < r->nrows; i++) {
		if (r->rows[i].native.known)
			return 0;
		measured |= r->rows[i].mode == MODE_NATIVE;
	}
	if (!r->nrows)
		return 0;
	return report_warn_add(r, measured ? "Native's figures are 0, or as good as: there are no ratios."
					   : "No native boot of the same image: there are no ratios.");
}

static bool is_short(const struct report_row *row)
{
	return row->nvalues < stats_interval_needs(REPORT_CONF);
}

static int warn_few(struct report *r)
{
	char names[NAMES];
	size_t n = rows_that(r, is_short, names);

	return n ? report_warn_add(r,
			"Fewer than %zu values, too few for an interval of %.0f %%: theirs go from the "
			"smallest to the largest (%s).",
			stats_interval_needs(REPORT_CONF), 100 * REPORT_CONF, names)
		 : 0;
}

static int warn_comparisons(struct report *r)
{
	struct stats_rule rule = { .alpha = REPORT_ALPHA };
	size_t few = 0;

	for (size_t i = 0; i < r->nrows; i++) {
		if (!r->rows[i].native.known || r->rows[i].mode == MODE_NATIVE)
			continue;
		rule.comparisons++;
		few += r->rows[i].native.verdict == STATS_TOO_FEW;
	}
	return few ? report_warn_add(r,
				     "%zu of %zu comparisons can show no difference, whatever the values: "
				     "so many at once take %zu on each side.",
				     few, rule.comparisons, stats_verdict_needs(&rule))
		   : 0;
}

static bool is_of_one_boot(const struct report_row *row)
{
	return row->boots == 1 && !is_short(row);
}

static bool is_of_few_boots(const struct report_row *row)
{
	return !row->by_boot && row->boots > 1 && !is_short(row);
}

static int warn_boots(struct report *r)
{
	char names[NAMES];
	size_t n = rows_that(r, is_of_one_boot, names);
	int err = 0;

	if (n)
		err = report_warn_add(
			r,
			"%zu of %zu rows are of one boot each: what differs from boot to boot is not "
			"in their intervals.",
			n, r->nrows);
	n = rows_that(r, is_of_few_boots, names);
	if (n && !err)
		err = report_warn_add(
			r,
			"%zu of %zu rows are of two to %zu boots: repetitions in one boot are taken "
			"for independent of each other.",
			n, r->nrows, stats_interval_needs(REPORT_CONF) - 1);
	return err;
}

static bool has_outliers(const struct report_row *row)
{
	return row->outliers;
}

static int warn_outliers(struct report *r)
{
	char names[NAMES];
	size_t samples = 0;

	for (size_t i = 0; i < r->nrows; i++)
		samples += r->rows[i].outliers;
	rows_that(r, has_outliers, names);
	return samples ? report_warn_add(r, "%zu outlier%s, none left out: %s.", samples,
			      samples == 1 ? "" : "s", names)
		       : 0;
}

static int warn_images(struct report *r)
{
	for (size_t i = 1; i < r->nrows; i++)
		if (strcmp(r->rows[i].image, r->rows[0].image))
			return report_warn_add(r, "Several images: those of one are not compared to those of "
				       "another.");
	return 0;
}

static bool has_other_vcpus(const struct report_row *row)
{
	return row->other_vcpus;
}

static int warn_vcpus(struct report *r)
{
	char names[NAMES];

	return rows_that(r, has_other_vcpus, names)
		       ? report_warn_add(r, "Native had another number of CPUs than: %s.", names)
		       : 0;
}

bool report_fact_differs(json_t *modes, char *text, size_t size)
{
	const char *mode, *first = NULL;
	json_t *texts;
	size_t len = 0;
	bool differ = false;

	text[0] = '\0';
	json_object_foreach(modes, mode, texts)
	{
		const char *value = json_string_value(json_array_get(texts, 0));

		first = first ? first : value;
		differ |= json_array_size(texts) > 1 || strcmp(first, value);
		if (len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s %s%s",
						len ? "; " : "", mode, value,
						json_array_size(texts) > 1 ? " and others" : "");
	}
	return differ;
}

/* Facts that bend figures when they are not the same in all modes. */
static int warn_facts(struct report *r)
{
	static const char *const names[][2] = {
		{ "clocksource", "The clock that times are read from is not the same" },
		{ "kernel", "The kernel is not the same" },
		{ "cpu_model", "The processor is not the same" },
		{ "cpus", "The number of CPUs is not the same" },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(names) / sizeof(*names); i++) {
		char text[NAMES];

		if (report_fact_differs(json_object_get(r->facts, names[i][0]), text, sizeof(text)))
			err = report_warn_add(r, "%s: %s.", names[i][1], text);
	}
	return err;
}

static bool is_noisy(const struct report_row *row)
{
	return row->noisy;
}

static int warn_noise(struct report *r)
{
	char names[NAMES];
	size_t n = rows_that(r, is_noisy, names), boots = 0;

	for (size_t i = 0; i < r->nboots; i++)
		boots += r->boots[i].used && json_array_size(r->boots[i].noise);
	return n ? report_warn_add(r,
				   "Noise beside %zu boot%s, which the list of boots names and no figure "
				   "leaves out: %s.",
				   boots, boots == 1 ? "" : "s", names)
		 : 0;
}

/* The first of the texts that natives have said of a fact, and how many there are. */
static const char *native_fact(const struct report *r, const char *name, size_t *n)
{
	const json_t *texts = json_object_get(json_object_get(r->facts, name),
					      mode_name(MODE_NATIVE));

	*n = json_array_size(texts);
	return *n ? json_string_value(json_array_get(texts, 0)) : "";
}

/* How natives were had, where that is no machine booted for them, or where it is not one way. */
static int warn_native_how(struct report *r)
{
	static const char *const kinds[][2] = {
		{ "chroot", "is a chroot: nothing was booted for it" },
		{ "qemu", "was booted by QEMU, without Xen" },
		{ "virtual", "was booted in another hypervisor's virtual machine" },
	};
	size_t n, kernels;
	const char *how = native_fact(r, "native_how", &n);
	const char *kernel = native_fact(r, "kernel", &kernels);

	if (n > 1)
		return report_warn_add(r,
			    "Natives of several kinds are taken together (%s and others): what differs "
			    "between these is in their figures.",
			    how);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(how, kinds[i][0]))
			return report_warn_add(r, "Native %s (kernel %s%s).", kinds[i][1],
				    kernels ? kernel : "not known", kernels > 1 ? " and others" : "");
	return 0;
}

static int warn_left_out(struct report *r)
{
	return r->left_out ? report_warn_add(r, "Samples beyond all measure are left out: %zu.", r->left_out)
			   : 0;
}

int report_warn(struct report *r)
{
	static int (*const all[])(struct report *) = {
		warn_emulated, warn_unused, warn_native,   warn_native_how, warn_left_out,    warn_images,
		warn_vcpus,    warn_few,    warn_comparisons, warn_outliers, warn_noise,	    warn_facts,
		report_warn_host, warn_boots,
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(all) / sizeof(*all); i++)
		err = all[i](r);
	return err;
}
