/* SPDX-License-Identifier: ISC */
/*
 * SPECweb2005: of it a guest is the web server ("SPECweb2005 User's Guide"). Clients, the back-end
 * simulator and the prime client, which measures, are elsewhere and the user's; what the prime
 * client has written comes to the guest's scratch disk, and is what the workload prints. So it is a
 * sample of the guest that was measured, with all that is known of that.
 */
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/spec.h"

/* The two shares of requests that are answered in time, which the benchmark's rules are about. */
#define METRIC "(TIME_GOOD|TIME_TOLERABLE): *([0-9.]+)%"

struct web {
	struct spec spec;
	const char *server, *metric, *unit;
};

static int check_options(const struct web *w)
{
	const struct spec *s = &w->spec;

	if (!w->server || *w->server != '/')
		return spec_wrong(
			s, "needs --server 'PROGRAM ARGUMENT ...', the path of a web server in "
			   "the payload that stays in the foreground");
	if (spec_words(s, "--server", w->server) || spec_words(s, "--metric", w->metric))
		return EXIT_USAGE;
	if (!spec_has(s, "bank") && !spec_has(s, "ecommerce") && !spec_has(s, "support"))
		return spec_wrong(s,
				  "%s: not the document root of SPECweb2005: it has neither bank, "
				  "ecommerce nor support",
				  s->tree);
	return EXIT_OK;
}

static int write_web(const void *web)
{
	const struct web *w = web;
	const char *name = w->spec.build.name;

	return spec_workload(&w->spec, name,
			     "about       = the web server of SPECweb2005, estimates\n"
			     "quick       = /%s/run web %s\n"
			     "ref         = /%s/run web %s\n"
			     "metric      = samples %s\n"
			     "unit        = %s\n"
			     "better      = more\n",
			     name, w->server, name, w->server, w->metric, w->unit);
}

int spec_web(int argc, char **argv)
{
	struct web w = {
		.spec = { .command = argv[0], .timeout = "86400", .build.name = "spec-web" },
		.metric = METRIC,
		.unit = "percent"
	};
	const struct spec_option own[] = {
		{ "server", &w.server, false },
		{ "metric", &w.metric, false },
		{ "unit", &w.unit, false },
		{ 0 },
	};
	int r = spec_parse(&w.spec, argc, argv, own);

	if (r)
		return r == CMD_HELP ? EXIT_OK : EXIT_USAGE;
	if ((r = spec_check(&w.spec, argc, NULL)) || (r = check_options(&w)))
		return r;
	return spec_make(&w.spec, write_web, &w);
}
