/* SPDX-License-Identifier: ISC */
#include "guest-tools/work/work.h"

#include <errno.h>
#include <string.h>

#include "guest-tools/lib/json.h"
#include "guest-tools/lib/metric.h"

/* The value of a repetition. 0, or -errno with the reason. */
static int value_of(const struct workload *w, const struct run *r, double *value, char *why)
{
	int err = 0;

	*value = r->seconds;
	if (w->metric == WORKLOAD_REGEX)
		err = metric_regex(w->metric_text, r->out, value);
	else if (w->metric == WORKLOAD_JSON)
		err = metric_json(w->metric_text, r->out, value);
	if (err)
		snprintf(why, WORK_WHY, "%s: %s", w->metric_text,
			 err == -EINVAL	   ? "is not as xlab-workload(5) wants it"
			 : err == -ENOENT  ? "is not in what it printed"
			 : err == -EBADMSG ? "what it printed is not JSON"
					   : "is there, but no number");
	return err;
}

static int print_line(FILE *out, const char *line, char *why)
{
	if (fprintf(out, "%s\n", line) >= 0 && fflush(out) == 0)
		return 0;
	snprintf(why, WORK_WHY, "cannot print: %s", strerror(errno));
	return -EIO;
}

/* What the command printed is records: whole lines, each an object as far as can be seen. */
static int print_records(const struct run *r, FILE *out, char *why)
{
	size_t at = 0;

	while (at < r->len) {
		const char *end = memchr(r->out + at, '\n', r->len - at);

		if (!end || r->out[at] != '{' || end[-1] != '}' || strlen(r->out) != r->len) {
			snprintf(why, WORK_WHY, "what it printed is not records, one a line");
			return -EBADMSG;
		}
		at = (size_t)(end + 1 - r->out);
	}
	if (fwrite(r->out, 1, r->len, out) == r->len && fflush(out) == 0)
		return 0;
	snprintf(why, WORK_WHY, "cannot print: %s", strerror(errno));
	return -EIO;
}

int sample_print(const struct workload *w, const char *suite, const char *name, unsigned index,
		 const struct run *r, FILE *out, char why[WORK_WHY])
{
	char line[1024];
	struct json j;
	double value;
	int err;

	if (w->metric == WORKLOAD_RECORDS)
		return print_records(r, out, why);
	err = value_of(w, r, &value, why);
	if (err)
		return err;
	json_init(&j, line, sizeof(line));
	json_obj(&j, NULL);
	json_str(&j, "type", "sample");
	json_str(&j, "workload", suite);
	json_str(&j, "benchmark", name);
	json_int(&j, "index", index);
	json_str(&j, "unit", w->unit);
	json_int(&j, "ops", 1);
	json_num(&j, "value", value);
	json_str(&j, "better", w->more_is_better ? "more" : "less");
	json_num(&j, "wall_s", r->seconds);
	json_num(&j, "user_s", r->user);
	json_num(&j, "system_s", r->system);
	json_int(&j, "max_rss_kib", r->max_rss_kib);
	json_end_obj(&j);
	err = json_finish(&j);
	return err ? err : print_line(out, line, why);
}
