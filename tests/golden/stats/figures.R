# SPDX-License-Identifier: ISC
#
# What R says of samples; tests/unit/test_stats_golden.c holds host/stats*.c to it.
#
#	Rscript figures.R >figures.txt
#
# Only base R. Samples are R's own data sets, an example of a book, and random ones with ties or none.

show <- function(...) {
	words <- unlist(lapply(list(...), function(v) if (is.character(v)) v else sprintf("%.15g", as.numeric(v))))
	cat(words, sep = " ", fill = FALSE)
	cat("\n")
}

# Mann and Whitney of Hollander and Wolfe, Nonparametric Statistical Methods (1973), 4.1: permeability.
samples <- list(
	term = c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46),
	early = c(1.15, 0.88, 0.90, 0.74, 1.21),
	sleep1 = sleep$extra[sleep$group == 1],
	sleep2 = sleep$extra[sleep$group == 2],
	may = na.omit(airquality$Ozone[airquality$Month == 5]),
	august = na.omit(airquality$Ozone[airquality$Month == 8]),
	light1 = morley$Speed[morley$Expt == 1],
	light4 = morley$Speed[morley$Expt == 4],
	rivers = as.numeric(rivers))
set.seed(6)
samples$seven <- round(rlnorm(7, 3, 0.2), 4)
samples$six <- round(rexp(6, 0.01), 4)
samples$thirty <- round(rlnorm(30, 3.1, 0.2), 4)
samples$many <- round(rnorm(49, 20, 3), 6)
samples$more <- round(rnorm(49, 21, 3), 6)
samples$sixty <- round(rnorm(60, 21, 1), 6)
samples$flat <- c(5, 5, 5, 5, 5, 5.5, 5)

middle <- function(n, k) if (k == 0) 1 else 1 - 2 * pbinom(k - 1, n, 0.5)

# Hettmansperger and Sheather (1986), from their formula.
interpolated <- function(x, conf) {
	x <- sort(x)
	n <- length(x)
	k <- max(Filter(function(k) middle(n, k) >= conf, 1:(n %/% 2)))
	i <- (middle(n, k) - conf) / (middle(n, k) - middle(n, k + 1))
	l <- (n - k) * i / (k + (n - 2 * k) * i)
	c((1 - l) * x[k] + l * x[k + 1], (1 - l) * x[n - k + 1] + l * x[n - k])
}

# Medians of resamples: all weights are drawn here, as exponential numbers by their sum, and the
# median is looked for.
resampled <- function(x, times = 50000) {
	x <- sort(x)
	at <- c(x[1], x, x[length(x)])
	replicate(times, {
		w <- cumsum(rexp(length(x) + 1))
		approx(c(0, w / w[length(w)]), at, 0.5, ties = "ordered")$y
	})
}

# The degrees of freedom of an interval, and by what that of a sum of samples is narrowed.
gaps <- function(n, conf) {
	ends <- interpolated(1:n, conf)
	ends[2] - ends[1]
}
narrowed <- function(xs, conf) {
	w <- sapply(xs, function(x) diff(log(interpolated(x, conf))) / 2)
	df <- sapply(xs, function(x) gaps(length(x), conf))
	e <- w / qt((1 + conf) / 2, df)
	qt((1 + conf) / 2, sum(e^2)^2 / sum(e^4 / df)) * sqrt(sum(e^2) / sum(w^2))
}
ends <- function(logs, xs, ratio)
	ratio * exp((quantile(logs, c(0.025, 0.975)) - log(ratio)) * narrowed(xs, 0.95))

outliers <- function(x) {
	far <- abs(x - median(x))
	sd <- mad(x, constant = 1 / qnorm(0.75))
	if (sd == 0) sd <- mean(far) * sqrt(pi / 2)
	which(far > 3.5 * sd) - 1
}

g <- function(a, b) {
	df <- length(a) + length(b) - 2
	pooled <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / df)
	(mean(a) - mean(b)) / pooled * exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
}

cat("# Made by figures.R with", R.version.string, "\n")
for (name in names(samples)) {
	x <- samples[[name]]
	q <- quantile(x, c(0.25, 0.75), names = FALSE)
	show("sample", name, x)
	show("summary", name, length(x), min(x), q[1], median(x), q[2], max(x), mean(x), sd(x),
		mad(x, constant = 1 / qnorm(0.75)))
	show("outliers", name, outliers(x))
	for (conf in c(0.8, 0.95, 0.99))
		if (1 - 2^(1 - length(x)) >= conf) show("interval", name, conf, interpolated(x, conf))
}

pairs <- list(c("term", "early"), c("early", "term"), c("sleep1", "sleep2"), c("may", "august"),
	c("light1", "light4"), c("seven", "six"), c("seven", "thirty"), c("many", "more"),
	c("sixty", "more"), c("flat", "six"))
for (p in pairs) {
	a <- samples[[p[1]]]
	b <- samples[[p[2]]]
	t <- t.test(a, b)
	show("welch", p, mean(a) - mean(b), t$statistic, t$parameter, t$p.value, g(a, b))
	w <- suppressWarnings(wilcox.test(a, b))
	exact <- !grepl("continuity", w$method)
	larger <- mean(outer(a, b, ">") + outer(a, b, "==") / 2)
	show("mannwhitney", p, w$statistic, w$p.value, exact, larger, 2 * larger - 1)
}
for (n in list(c(3, 3), c(4, 4), c(6, 6), c(7, 30)))
	show("least", n, 2 * dwilcox(0, n[1], n[2]))
for (p in list(0.03, c(0.01, 0.04, 0.03, 0.005), c(0.02, 0.02, 0.02), c(0.9, 0.001, 0.5, 0.5, 0.012)))
	show("holm", length(p), p, p.adjust(p, "holm"))

# 50,000 resamples: the ends are good to a fiftieth of the interval or so.
medians <- lapply(samples[c("six", "seven", "thirty", "rivers", "term", "many")], resampled)
for (name in names(medians))
	for (conf in c(0.8, 0.95))
		show("boot", name, conf, quantile(medians[[name]], c((1 - conf) / 2, (1 + conf) / 2)))
logs <- list()
for (p in list(c("seven", "thirty"), c("six", "seven"), c("many", "term"))) {
	logs[[p[1]]] <- log(medians[[p[1]]]) - log(medians[[p[2]]])
	ratio <- median(samples[[p[1]]]) / median(samples[[p[2]]])
	show("ratio", p, 0.95, ratio, ends(logs[[p[1]]], samples[p], ratio))
}
all <- c("seven", "thirty", "six", "seven", "many", "term")
ratio <- exp(mean(log(sapply(samples[all[c(1, 3, 5)]], median)) - log(sapply(samples[all[c(2, 4, 6)]], median))))
# Each benchmark by resamples of its own: those of "seven" are used by two.
logs$six <- log(medians$six) - log(resampled(samples$seven))
show("suite", 0.95, ratio, ends((logs$seven + logs$six + logs$many) / 3, samples[all], ratio), all)
