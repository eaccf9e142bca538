/* SPDX-License-Identifier: ISC */
/* What R says: tests/golden/stats/figures.txt, which figures.R beside it makes. A line is a word
 * that says what it holds, names of samples, and figures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest-tools/lib/io.h"
#include "host/stats.h"
#include "host/stats_boot.h"
#include "host/stats_compare.h"
#include "host/stats_verdict.h"

#define FIGURES "tests/golden/stats/figures.txt"
#define WORDS_MAX 200

/* A line in words, after the first; those that are left are from at on. */
struct line {
	char *words[WORDS_MAX];
	size_t n, at;
};

struct sample {
	char name[16];
	double x[WORDS_MAX];
	size_t n;
};

static char text[65536];
static struct sample samples[32];
static size_t nsamples;

static double next(struct line *l)
{
	char *end;
	double v;

	assert_true(l->at < l->n);
	v = strtod(l->words[l->at], &end);
	assert_true(end != l->words[l->at] && !*end);
	l->at++;
	return v;
}

static const struct sample *next_sample(struct line *l)
{
	assert_true(l->at < l->n);
	for (size_t i = 0; i < nsamples; i++)
		if (!strcmp(samples[i].name, l->words[l->at])) {
			l->at++;
			return &samples[i];
		}
	fail_msg("no sample %s", l->words[l->at]);
	return NULL;
}

/* Calls each() for every line that begins with that word, of which there is one at least. */
static void lines(const char *what, void (*each)(struct line *l))
{
	static char copy[sizeof(text)];
	char *row, *rows, *words;
	size_t count = 0;

	memcpy(copy, text, sizeof(copy));
	for (row = strtok_r(copy, "\n", &rows); row; row = strtok_r(NULL, "\n", &rows)) {
		struct line l = { .n = 0 };
		char *word = strtok_r(row, " ", &words);

		if (!word || strcmp(word, what))
			continue;
		while ((word = strtok_r(NULL, " ", &words))) {
			assert_true(l.n < WORDS_MAX);
			l.words[l.n++] = word;
		}
		each(&l);
		assert_int_equal(l.at, l.n);
		count++;
	}
	assert_true(count > 0);
}

static void near(double ours, double theirs)
{
	if (!(fabs(ours - theirs) <= 1e-9 * fabs(theirs) + 1e-12))
		fail_msg("%.17g is not %.17g", ours, theirs);
}

/* Resampled on both sides: equal to a twenty-fifth of the width. */
static void about(const struct stats_interval *i, struct line *l)
{
	double low = next(l), high = next(l);

	if (!(fabs(i->low - low) < (high - low) / 25 && fabs(i->high - high) < (high - low) / 25))
		fail_msg("%g to %g is not %g to %g", i->low, i->high, low, high);
}

static void add_sample(struct line *l)
{
	struct sample *s = &samples[nsamples++];

	assert_true(nsamples <= sizeof(samples) / sizeof(*samples));
	snprintf(s->name, sizeof(s->name), "%s", l->words[l->at++]);
	while (l->at < l->n)
		s->x[s->n++] = next(l);
}

static struct stats_boot how(double conf)
{
	static gsl_rng *rng;

	if (!rng)
		rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(rng, 6);
	return (struct stats_boot){ rng, 100000, conf };
}

static void check_summary(struct line *l)
{
	const struct sample *v = next_sample(l);
	struct stats_boot boot = how(0.95);
	struct stats_summary s;

	boot.resamples = STATS_RESAMPLES_MIN;
	assert_int_equal(stats_summarise(v->x, v->n, &boot, &s), 0);
	near((double)s.n, next(l));
	near(s.min, next(l));
	near(s.q1, next(l));
	near(s.median, next(l));
	near(s.q3, next(l));
	near(s.max, next(l));
	near(s.mean, next(l));
	near(s.sd, next(l));
	near(s.mad, next(l));
}

static void check_outliers(struct line *l)
{
	const struct sample *v = next_sample(l);
	size_t index[WORDS_MAX], n;

	assert_int_equal(stats_outliers(v->x, v->n, index, &n), 0);
	assert_int_equal(n, l->n - l->at);
	for (size_t i = 0; i < n; i++)
		near((double)index[i], next(l));
}

static void check_interval(struct line *l)
{
	const struct sample *v = next_sample(l);
	double conf = next(l);
	struct stats_interval i;

	assert_int_equal(stats_median_interval(v->x, v->n, conf, &i), 0);
	near(i.low, next(l));
	near(i.high, next(l));
	near(i.conf, conf);
}

static void check_welch(struct line *l)
{
	const struct sample *a = next_sample(l), *b = next_sample(l);
	struct stats_welch w;

	assert_int_equal(stats_welch(a->x, a->n, b->x, b->n, &w), 0);
	near(w.diff, next(l));
	near(w.t, next(l));
	near(w.df, next(l));
	near(w.p, next(l));
	near(w.g, next(l));
}

static void check_mann_whitney(struct line *l)
{
	const struct sample *a = next_sample(l), *b = next_sample(l);
	struct stats_mann_whitney m;

	assert_int_equal(stats_mann_whitney(a->x, a->n, b->x, b->n, &m), 0);
	near(m.u, next(l));
	near(m.p, next(l));
	near(m.exact, next(l));
	near(m.larger, next(l));
	near(m.delta, next(l));
}

static void check_least(struct line *l)
{
	size_t an = (size_t)next(l), bn = (size_t)next(l);

	near(stats_mann_whitney_least(an, bn), next(l));
}

static void check_holm(struct line *l)
{
	double p[WORDS_MAX], corrected[WORDS_MAX];
	size_t n = (size_t)next(l);

	for (size_t i = 0; i < n; i++)
		p[i] = next(l);
	assert_int_equal(stats_holm(p, n, corrected), 0);
	for (size_t i = 0; i < n; i++)
		near(corrected[i], next(l));
}

static void check_boot(struct line *l)
{
	const struct sample *v = next_sample(l);
	struct stats_boot boot = how(next(l));
	struct stats_interval i;

	assert_int_equal(stats_boot_median(v->x, v->n, &boot, &i), 0);
	about(&i, l);
}

static void check_ratio(struct line *l)
{
	const struct sample *a = next_sample(l), *b = next_sample(l);
	struct stats_boot boot = how(next(l));
	struct stats_ratio r;

	assert_int_equal(
		stats_boot_ratio(&(struct stats_pair){ a->x, a->n, b->x, b->n }, &boot, &r), 0);
	near(r.ratio, next(l));
	about(&r.interval, l);
}

static void check_suite(struct line *l)
{
	struct stats_boot boot = how(next(l));
	struct line rest = *l;
	struct stats_pair pairs[8];
	struct stats_ratio r;
	size_t n = 0;

	for (l->at += 3; l->at < l->n; n++) {
		const struct sample *a = next_sample(l), *b = next_sample(l);

		pairs[n] = (struct stats_pair){ a->x, a->n, b->x, b->n };
	}
	assert_int_equal(stats_boot_suite(pairs, n, &boot, &r), 0);
	near(r.ratio, next(&rest));
	about(&r.interval, &rest);
}

struct golden {
	const char *what;
	void (*check)(struct line *l);
};

static void agrees(void **state)
{
	const struct golden *g = *state;

	lines(g->what, g->check);
}

static int load(void **state)
{
	(void)state;
	if (io_read_file(FIGURES, text, sizeof(text)) < 0)
		return -1;
	lines("sample", add_sample);
	return 0;
}

#define AGREES(what, check) \
	{ \
		what, agrees, NULL, NULL, &(struct golden) \
		{ \
			what, check \
		} \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AGREES("summary", check_summary),
		AGREES("outliers", check_outliers),
		AGREES("interval", check_interval),
		AGREES("welch", check_welch),
		AGREES("mannwhitney", check_mann_whitney),
		AGREES("least", check_least),
		AGREES("holm", check_holm),
		AGREES("boot", check_boot),
		AGREES("ratio", check_ratio),
		AGREES("suite", check_suite),
	};

	return cmocka_run_group_tests_name("stats_golden", tests, load, NULL);
}
