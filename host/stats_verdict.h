/* SPDX-License-Identifier: ISC */
/* What may be said of a benchmark beside its base.
 *
 * A difference is shown when all of these hold: the interval of the ratio of medians, of a level of
 * at least 1 - alpha, excludes 1; the p of Mann and Whitney, corrected for how many comparisons
 * there are, is at most alpha; and both point the same way. Two tests, as the first is of how much,
 * and the second of whether at all; where a benchmark has two speeds they may disagree, and then
 * nothing is said. That no difference is shown does not mean that there is none: the interval says
 * how large it may be.
 *
 * How often of 2,000 trials a difference was said to be where there was none, of 7 values: 2.5 %
 * (normal), 2.7 % (lognormal), 3.1 % (exponential). How often one of a tenth was found where the
 * spread was a twentieth: 83 % of 7 values, 99 % of 15 (tests/unit/test_stats_cover.c prints it).
 */
#ifndef HOST_STATS_VERDICT_H
#define HOST_STATS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "host/stats_boot.h"
#include "host/stats_compare.h"

/* X(id, words) */
#define STATS_VERDICTS(X) \
	X(FASTER, "faster") \
	X(SLOWER, "slower") \
	X(NO_DIFFERENCE, "no difference shown") \
	X(TOO_FEW, "not enough samples") /* none could have been shown, whatever the values */

enum stats_verdict {
#define STATS_VERDICT_ID(id, words) STATS_##id,
	STATS_VERDICTS(STATS_VERDICT_ID)
#undef STATS_VERDICT_ID
};

const char *stats_verdict_words(enum stats_verdict v);

struct stats_rule {
	double alpha;	    /* from above 0 to 0.5: how often a difference may be made of nothing */
	size_t comparisons; /* how many are made, of which none is to be wrong; at least 1 */
	bool more_is_better; /* values are a speed; else times */
};

/* Of a benchmark's values and its base's: r, m of them in this order, and p, which is m->p as
 * stats_holm() left it. */
enum stats_verdict stats_verdict(const struct stats_ratio *r, const struct stats_mann_whitney *m,
				 double p, const struct stats_rule *rule);

/* How few values each of the two must have for a difference to be shown at all: both intervals must
 * exist, and the smallest p be small enough when it is the smallest of all comparisons. Six for one
 * comparison at 0.05, and for up to 23. 0 when the rule makes no sense. */
size_t stats_verdict_needs(const struct stats_rule *rule);

/* Corrects n p-values, so that at most in a share of alpha of all cases any of those that are still
 * up to alpha is so by chance (Holm, Scandinavian Journal of Statistics 6 (1979), 65-70). They stay
 * in their places. -EINVAL for none, -EDOM for what is no probability, -ENOMEM. */
int stats_holm(const double *p, size_t n, double *corrected);

#endif
