/* SPDX-License-Identifier: ISC */
/* The plots of a report, by gnuplot(1), as SVG that stands in a page: it takes the page's colours
 * (the CSS variables --p1 to --p8), has a text alternative, and shares no id with another one. */
#ifndef HOST_REPORT_PLOT_H
#define HOST_REPORT_PLOT_H

#include "host/report.h"

/* One point with its interval; label is what people call it. */
struct plot_ratio {
	const char *label;
	enum mode mode;
	struct stats_ratio cost;
};

/* Each plot is the caller's to free, or NULL when there is nothing to draw. 0, -errno; -ENOENT
 * without gnuplot. */
int plot_ratios(const struct plot_ratio *points, size_t n, const char *beside, char **svg);
int plot_samples(const struct report *r, char **svg);
int plot_times(const struct report *r, char **svg);

/* For the files of plots: the colours that a script names, which a page has others for. */
#define PLOT_FG "#000001"
#define PLOT_GRID "#000002"
#define PLOT_BAD "#000008"
#define PLOT_MODE(mode) (2 + (int)(mode)) /* the last digit for a mode */

/* What a plot is of, in words for who cannot see it. */
struct plot_words {
	const char *id; /* a word that no other plot has */
	const char *title, *alternative;
};

/* Has gnuplot draw the script and puts the picture into *svg, NUL-terminated. */
int plot_draw(const char *script, size_t len, const struct plot_words *words, char **svg);

#endif
