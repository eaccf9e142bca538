/* SPDX-License-Identifier: ISC */
/* The results of one run as a model that is loaded once (report_load), and what is made of it: a
 * table for people, pages to hand in, files for programs. Those who write only read the model, and
 * all but report_plots() need nothing else. Texts in the model are printable ASCII, of anybody's
 * making: each form escapes them. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "guest-tools/proto/modes.h"
#include "host/stats.h"
#include "host/stats_boot.h"
#include "host/stats_compare.h"
#include "host/stats_verdict.h"
#include "host/store.h"

/* How intervals and tests are made; also in every report, so that they can be made again. */
#define REPORT_CONF 0.95
#define REPORT_ALPHA 0.05
enum { REPORT_RESAMPLES = 10000, REPORT_SEED = 1, REPORT_LABEL = RECORD_NAME_MAX + 32 };

/* One boot, used or not. */
struct report_boot {
	char uuid[40], asked[8], measured[16], workload[RECORD_NAME_MAX + 1], size[8];
	char status[16], why[256], link[RECORD_NAME_MAX + 1], image[65], host[65];
	char first_seen[32];   /* UTC, as in RFC 3339 */
	double begun, took;    /* s since the Epoch, s; 0 where they are not known */
	unsigned domid, vcpus; /* 0 where there is none, or it is not known */
	unsigned cell_vcpus;   /* that a plan asked for; 0 without one */
	bool emulated;
	bool used; /* done, in a mode that there is: figures come from such boots and no others */
	bool watched;  /* its host was looked at before and after: noise that was not found was not there */
	json_t *noise; /* NULL, or what was: [{ "flag", "text" }] */
	long long samples;
};

struct report_sample {
	double value;
	long long index; /* repetition in its boot */
	size_t boot;
	bool outlier; /* named, and left in all figures */
};

/* What the literature has for a benchmark in a mode, in times native. Never of this run. A longer
 * text is refused: half a source is none. */
struct report_expected {
	char benchmark[RECORD_NAME_MAX + 1];
	enum mode mode;
	double low, high;
	char source[256], note[512];
};

/* A row beside its base. Ratios are of medians, as they are; whether more is better is the row's
 * to know. */
struct report_ratio {
	bool known; /* else nothing else is */
	struct stats_ratio of;
	struct stats_mann_whitney rank;
	double p; /* rank.p, corrected for all comparisons of the report (Holm) */
	bool welched;
	struct stats_welch welch;
	enum stats_verdict verdict;
};

/* One benchmark in one mode. Figures are in unit. */
struct report_row {
	size_t place;		  /* the same number for all rows of a benchmark, in any mode */
	char label[REPORT_LABEL]; /* for people: benchmark, and vcpus and image where several are */
	enum mode mode;		  /* as measured */
	char workload[RECORD_NAME_MAX + 1], benchmark[RECORD_NAME_MAX + 1];
	char unit[RECORD_NAME_MAX + 1], image[65];
	unsigned vcpus; /* 0 where it is not known */
	bool more_is_better, emulated;
	struct report_sample *samples; /* as they were taken */
	size_t n, boots, outliers;
	size_t noisy; /* samples of boots with noise: named, and left in */
	/* What figures are of: all samples, or, from as many boots on as an interval needs, one
	 * median a boot, as repetitions in one boot are not independent of each other. */
	double *values;
	size_t nvalues;
	bool by_boot;
	struct stats_summary sum;
	struct report_ratio native;
	bool other_vcpus;			/* than the native row has */
	const struct report_expected *expected; /* NULL, or what the literature has */
};

/* All benchmarks of a workload in one mode that have a native beside them; of workloads that are
 * one program each, all of them. */
#define REPORT_PROGRAMS "programs"
struct report_suite {
	char name[RECORD_NAME_MAX + 1], image[65];
	enum mode mode;
	unsigned vcpus;
	size_t benchmarks;
	bool emulated;
	struct stats_ratio cost; /* geometric mean of costs: see report_cost() */
};

struct report {
	char run[64];
	bool emulated; /* one of the figures is */
	struct report_boot *boots;
	size_t nboots;
	struct report_row *rows; /* those of one benchmark together, modes in their order */
	size_t nrows;
	struct report_suite *suites;
	size_t nsuites;
	char *plan;   /* NULL, or its text, of printable lines without '`' */
	int64_t seed; /* of the plan's order, which is random or listed */
	char order[8];
	json_t *facts;	  /* name: { mode: [text, ...] }, what guests measured about themselves */
	json_t *host;	  /* the same of the hosts that they ran on, where that is stored */
	bool watched;	  /* the host of one of the boots was */
	json_t *warnings; /* texts */
	struct report_expected *expected;
	size_t left_out; /* samples that are no figures of anything */
};

/* Loads the run of that name, or the newest when NULL. Figures come only from boots that are done.
 * 0, -ENOENT when there is no such run, -EUCLEAN for a store that holds what no xlab wrote, -EIO,
 * -ENOMEM. */
int report_load(struct store *s, const char *run, struct report *r);
void report_free(struct report *r);

bool report_same_benchmark(const struct report_row *a, const struct report_row *b);

/* Rows of one benchmark are together: the place behind the last of those that begin at i. */
size_t report_group(const struct report *r, size_t i);

/* How many times as dear as the base: the ratio where less is better, else its inverse. */
struct stats_ratio report_cost(const struct report_row *row, const struct report_ratio *ratio);

/* Takes what the literature has from a text in the form of docs/expected.schema.json, or, when it
 * is NULL, from docs/expected.json as it was when this was built. Once a report. 0, -EINVAL,
 * -ENOMEM. */
int report_expect(struct report *r, const char *text);

/* Whether there is any for a row. */
bool report_expects(const struct report *r);

/* "1.2-1.5", or "" for nothing. Returns buf. */
enum { REPORT_EXPECTED = 32 };
const char *report_expected(const struct report_row *row, char buf[REPORT_EXPECTED]);

/* What went on beside a boot, in words: "none", "" where that is not known. Returns buf. */
enum { REPORT_NOISE = 1024 };
const char *report_noise(const struct report_boot *b, char buf[REPORT_NOISE]);

/* Whether the texts of a fact are the same in all modes that have it. */
bool report_fact_is_same(json_t *modes);

/* One sentence about all of it, for people. Returns buf. */
enum { REPORT_SENTENCE = 512 };
const char *report_sentence(const struct report *r, char buf[REPORT_SENTENCE]);

/* What to type to have such a run again; a line each, comments begin with '#'. */
void report_repeat(const struct report *r, FILE *f);

/* Two runs side by side: b by a. */
struct report_pair {
	const struct report *a, *b;
	struct report_pair_row {
		const struct report_row *a, *b;
		struct report_ratio ratio;
	} * rows;
	size_t nrows;
	struct report_suite *suites;
	size_t nsuites;
	size_t only_a, only_b; /* rows that the other has not */
	json_t *facts; /* that both have and that differ: [{ "of", "fact", "mode", "a", "b" }], texts */
};

/* Both must outlive it. 0 or -ENOMEM. */
int report_compare(const struct report *a, const struct report *b, struct report_pair *c);
void report_pair_free(struct report_pair *c);
const char *report_pair_sentence(const struct report_pair *c, char buf[REPORT_SENTENCE]);

/* Forms. X(name, what a file of it is called, what it is) */
#define REPORT_FORMS(X) \
	X(json, "docs/report.schema.json") \
	X(md, "Markdown tables") \
	X(csv, "a line a benchmark and mode") \
	X(samples, "a line a sample") \
	X(junit, "a test case a cell, for CI") \
	X(html, "one page with everything")

/* Each writes to f, whose errors are the caller's to look for, and returns 0, -ENOMEM, or for HTML
 * what report_plots() returns. */
#define REPORT_DECLARE(name, what) int report_##name(const struct report *r, FILE *f);
REPORT_FORMS(REPORT_DECLARE)
#undef REPORT_DECLARE
int report_table(const struct report *r, FILE *f);

/* The same of two runs. */
int report_pair_table(const struct report_pair *c, FILE *f);
int report_pair_json(const struct report_pair *c, FILE *f);
int report_pair_md(const struct report_pair *c, FILE *f);
int report_pair_csv(const struct report_pair *c, FILE *f);
int report_pair_html(const struct report_pair *c, FILE *f);

#endif
