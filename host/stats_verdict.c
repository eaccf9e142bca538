/* SPDX-License-Identifier: ISC */
#include "host/stats_verdict.h"

#include <errno.h>
#include <stdlib.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_sort.h>

#include "host/stats.h"

const char *stats_verdict_words(enum stats_verdict v)
{
	static const char *const words[] = {
#define STATS_VERDICT_WORDS(id, words) [STATS_##id] = words,
		STATS_VERDICTS(STATS_VERDICT_WORDS)
#undef STATS_VERDICT_WORDS
	};

	return words[v];
}

static bool sensible(const struct stats_rule *rule)
{
	return rule->alpha > 0 && rule->alpha <= 0.5 && rule->comparisons;
}

static bool enough(size_t an, size_t bn, const struct stats_rule *rule)
{
	size_t needs = stats_interval_needs(1 - rule->alpha);

	return an >= needs && bn >= needs &&
	       stats_mann_whitney_least(an, bn) * (double)rule->comparisons <= rule->alpha;
}

size_t stats_verdict_needs(const struct stats_rule *rule)
{
	size_t n = 2;

	if (!sensible(rule))
		return 0;
	while (!enough(n, n, rule))
		n++;
	return n;
}

enum stats_verdict stats_verdict(const struct stats_ratio *r, const struct stats_mann_whitney *m,
				 double p, const struct stats_rule *rule)
{
	/* Levels are sums of what was asked for and 1: nearly equal ones are. */
	bool level = r->interval.conf > 1 - rule->alpha - 1e-9;
	bool more = r->interval.low > 1 && m->larger > 0.5;
	bool less = r->interval.high < 1 && m->larger < 0.5;

	if (level && p <= rule->alpha && (more || less))
		return more == rule->more_is_better ? STATS_FASTER : STATS_SLOWER;
	return level && enough(m->an, m->bn, rule) ? STATS_NO_DIFFERENCE : STATS_TOO_FEW;
}

int stats_holm(const double *p, size_t n, double *corrected)
{
	size_t *order;
	double largest = 0;

	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EDOM;
	order = calloc(n, sizeof(*order));
	if (!order)
		return -ENOMEM;
	gsl_sort_index(order, p, 1, n);
	for (size_t i = 0; i < n; i++) {
		largest = GSL_MAX(largest, GSL_MIN(1, (double)(n - i) * p[order[i]]));
		corrected[order[i]] = largest;
	}
	free(order);
	return 0;
}
