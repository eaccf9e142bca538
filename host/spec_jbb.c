/* SPDX-License-Identifier: ISC */
/*
 * SPECjbb2005 and SPECjbb2015: a Java server in one Java machine. What they print: "SPECjbb2005
 * User's Guide", 7.4, and "SPECjbb2015 Benchmark User Guide". The properties of SPECjbb2005 are
 * those of its SPECjbb.props.
 */
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/spec.h"

#define PACKAGES "openjdk-17-jre-headless"

struct jbb {
	struct spec spec;
	const char *java, *java_options, *warehouses, *seconds;
	const char *estimate; /* not NULL: a score counts also where SPECjbb2005 calls the run
				 invalid */
};

static bool is_2005(const struct spec *s)
{
	return spec_has(s, "jbb.jar") && spec_has(s, "check.jar") && spec_has(s, "SPECjbb.props");
}

static bool is_2015(const struct spec *s)
{
	return spec_has(s, "specjbb2015.jar") && spec_has(s, "config/specjbb2015.props");
}

/* quick is one warehouse for 10 s, and no run that is valid: it is there for estimates alone. */
static int write_2005(const struct jbb *j)
{
	const char *name = j->spec.build.name, *options = j->java_options;
	char quick[WORKLOAD_TEXT_MAX] = "";

	if (j->estimate)
		snprintf(quick, sizeof(quick), "quick       = /%s/run jbb2005 %s 1 10 %s\n", name,
			 j->java, options);
	return spec_workload(&j->spec, name,
			     "about       = SPECjbb2005, an estimate\n"
			     "%s"
			     "ref         = /%s/run jbb2005 %s %s %s %s\n"
			     "metric      = regex ^%s run[,;] Score is +([0-9.]+)\n"
			     "unit        = bops\n"
			     "better      = more\n",
			     quick, name, j->java, j->warehouses ? j->warehouses : "-",
			     j->seconds ? j->seconds : "-", options,
			     j->estimate ? "[VI][a-zA-Z]*" : "Valid");
}

/* It looks for the highest rate by itself, which takes hours: there is nothing quick about it. */
static int write_2015(const struct jbb *j)
{
	const char *name = j->spec.build.name;

	if (j->warehouses || j->seconds || j->estimate)
		return spec_wrong(&j->spec, "--warehouses, --seconds and --estimate are for "
					    "SPECjbb2005");
	return spec_workload(&j->spec, name,
			     "about       = SPECjbb2015-Composite, estimates\n"
			     "ref         = /%s/run jbb2015 %s %s\n"
			     "metric      = samples (max-jOPS|critical-jOPS) = ([0-9.]+)\n"
			     "unit        = jOPS\n"
			     "better      = more\n",
			     name, j->java, j->java_options);
}

static int write_jbb(const void *jbb)
{
	const struct jbb *j = jbb;

	return is_2005(&j->spec) ? write_2005(j) : write_2015(j);
}

static int check_options(const struct jbb *j)
{
	if (!payload_program_is_fine(j->java))
		return spec_wrong(&j->spec, "--java takes the path of a program in the payload, of "
					    "A-Z, a-z, 0-9, ., _, - and /");
	return spec_number(&j->spec, "--warehouses", j->warehouses, 4096) ||
			       spec_number(&j->spec, "--seconds", j->seconds, 86400) ||
			       spec_words(&j->spec, "--java-options", j->java_options)
		       ? EXIT_USAGE
		       : EXIT_OK;
}

int spec_jbb(int argc, char **argv)
{
	struct jbb j = {
		.spec = { .command = argv[0], .timeout = "36000", .build.name = "spec-jbb" },
		.java = "/usr/bin/java",
		.java_options = ""
	};
	const struct spec_option own[] = {
		{ "java", &j.java, false },
		{ "java-options", &j.java_options, false },
		{ "warehouses", &j.warehouses, false },
		{ "seconds", &j.seconds, false },
		{ "estimate", &j.estimate, true },
		{ 0 },
	};
	int r = spec_parse(&j.spec, argc, argv, own);

	if (r)
		return r == CMD_HELP ? EXIT_OK : EXIT_USAGE;
	if ((r = spec_check(&j.spec, argc, PACKAGES)) || (r = check_options(&j)))
		return r;
	if (!is_2005(&j.spec) && !is_2015(&j.spec))
		return spec_wrong(&j.spec,
				  "%s: neither SPECjbb2005 (jbb.jar, check.jar, SPECjbb.props) nor "
				  "SPECjbb2015 (specjbb2015.jar, config/specjbb2015.props) is here",
				  j.spec.tree);
	return spec_make(&j.spec, write_jbb, &j);
}
