/* SPDX-License-Identifier: ISC */
#include "guest-tools/work/work.h"

#include <errno.h>
#include <string.h>

#include "guest-tools/lib/json.h"
#include "guest-tools/lib/metric.h"
#include "guest-tools/lib/rsf.h"

enum { LINE_SIZE = 1024 };

/* Why there is no value. Returns err. */
static int explain(int err, const struct workload *w, char *why)
{
	snprintf(why, WORK_WHY, "%s: %s", w->metric_text,
		 err == -EINVAL	   ? "is not as xlab-workload(5) wants it"
		 : err == -ENOENT  ? "is not in what it printed"
		 : err == -EBADMSG ? "what it printed is not JSON"
		 : err == -E2BIG   ? "is in what it printed more often than there is room for"
		 : err == -EILSEQ  ? "is there, but has a name that no benchmark can have"
				   : "is there, but no number");
	return err;
}

/* The value of a repetition. 0, or -errno with the reason. */
static int value_of(const struct workload *w, const struct run *r, double *value, char *why)
{
	int err = 0;

	*value = r->seconds;
	if (w->metric == WORKLOAD_REGEX)
		err = metric_regex(w->metric_text, r->out, value);
	else if (w->metric == WORKLOAD_JSON)
		err = metric_json(w->metric_text, r->out, value);
	return err ? explain(err, w, why) : 0;
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

/* What every sample has. */
static void sample_begin(struct json *j, char *line, size_t size, const char *suite,
			 const char *benchmark, unsigned index, const struct workload *w,
			 double value)
{
	json_init(j, line, size);
	json_obj(j, NULL);
	json_str(j, "type", "sample");
	json_str(j, "workload", suite);
	json_str(j, "benchmark", benchmark);
	json_int(j, "index", index);
	json_str(j, "unit", w->unit);
	json_int(j, "ops", 1);
	json_num(j, "value", value);
	json_str(j, "better", w->more_is_better ? "more" : "less");
}

static int sample_end(struct json *j, const char *line, FILE *out, char *why)
{
	int err;

	json_end_obj(j);
	err = json_finish(j);
	return err ? err : print_line(out, line, why);
}

/* A sample for each match. */
static int print_matches(const struct workload *w, const char *suite, unsigned index,
			 const struct run *r, FILE *out, char *why)
{
	static struct metric_match m[METRIC_MATCHES_MAX];
	int n = metric_matches(w->metric_text, r->out, m), err = n < 0 ? explain(n, w, why) : 0;
	char line[LINE_SIZE];
	struct json j;

	for (int i = 0; !err && i < n; i++) {
		sample_begin(&j, line, sizeof(line), suite, m[i].name, index, w, m[i].value);
		err = sample_end(&j, line, out, why);
	}
	return err;
}

/* A sample for an execution of a benchmark in a result file. */
static int print_execution(const struct workload *w, const char *suite, unsigned index,
			   const struct rsf_run *run, FILE *out, char *why)
{
	char line[LINE_SIZE], name[RSF_NAME_MAX + sizeof("/peak")];
	struct json j;

	snprintf(name, sizeof(name), "%s%s", run->name, run->peak ? "/peak" : "");
	sample_begin(&j, line, sizeof(line), suite, name, index, w, run->seconds);
	if (run->ratio >= 0)
		json_num(&j, "ratio", run->ratio);
	return sample_end(&j, line, out, why);
}

/* One for each execution that is valid, and -EBADMSG where one is not: the reason has the first of
 * them, and how many there are. */
static int print_rsf(const struct workload *w, const char *suite, unsigned index,
		     const struct run *r, FILE *out, char *why)
{
	static struct rsf rsf;
	const struct rsf_run *bad = NULL;
	unsigned invalid = 0;
	int err = rsf_parse(r->out, &rsf);

	if (err) {
		snprintf(why, WORK_WHY, "what it printed is no result file of SPEC CPU%s",
			 err == -E2BIG ? " that there is room for" : "");
		return err;
	}
	for (size_t i = 0; !err && i < rsf.n; i++) {
		const struct rsf_run *run = &rsf.run[i];

		if (!run->why[0]) {
			err = print_execution(w, suite, index * rsf.iterations + run->iteration,
					      run, out, why);
			continue;
		}
		bad = bad ? bad : run;
		invalid++;
	}
	if (err || !bad)
		return err;
	snprintf(why, WORK_WHY, "%u of %zu executions are invalid: %s, %s, iteration %u: %s",
		 invalid, rsf.n, bad->name, bad->peak ? "peak" : "base", bad->iteration, bad->why);
	return -EBADMSG;
}

/* The one sample of a repetition. */
static int print_value(const struct workload *w, const char *suite, const char *name,
		       unsigned index, const struct run *r, FILE *out, char *why)
{
	char line[LINE_SIZE];
	struct json j;
	double value;
	int err = value_of(w, r, &value, why);

	if (err)
		return err;
	sample_begin(&j, line, sizeof(line), suite, name, index, w, value);
	json_num(&j, "wall_s", r->seconds);
	json_num(&j, "user_s", r->user);
	json_num(&j, "system_s", r->system);
	json_int(&j, "max_rss_kib", r->max_rss_kib);
	return sample_end(&j, line, out, why);
}

int sample_print(const struct workload *w, const char *suite, const char *name, unsigned index,
		 const struct run *r, FILE *out, char why[WORK_WHY])
{
	switch (w->metric) {
	case WORKLOAD_RECORDS: return print_records(r, out, why);
	case WORKLOAD_SAMPLES: return print_matches(w, suite, index, r, out, why);
	case WORKLOAD_RSF: return print_rsf(w, suite, index, r, out, why);
	default: return print_value(w, suite, name, index, r, out, why);
	}
}

void invalid_print(const char *what, const char *why, FILE *out)
{
	static char line[6 * (WORK_WHY + 2 * WORKLOAD_NAME_MAX)]; /* \u00ff has six bytes */
	char text[WORK_WHY + 2 * WORKLOAD_NAME_MAX], unused[WORK_WHY];
	struct json j;

	snprintf(text, sizeof(text), "%s: %s", what, why);
	json_init(&j, line, sizeof(line));
	json_obj(&j, NULL);
	json_str(&j, "type", "log");
	json_str(&j, "name", "invalid");
	json_str(&j, "text", text);
	sample_end(&j, line, out, unused);
}
