/* SPDX-License-Identifier: ISC */
/*
 * SPEC CPU2006 and CPU2017, by their own tools and with programs that these have built already: a
 * guest has no compilers. Options of the tools: "Using SPEC CPU2006: the 'runspec' Command" and
 * "Using SPEC CPU2017: the 'runcpu' Command".
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/spec.h"

/* What is needed beside Debian's essential packages by programs of GCC. */
#define PACKAGES "libgfortran5,libgomp1,libstdc++6"

/* The two suites: their names, and where they differ. */
static const struct edition {
	const char *name, *tool, *benchmarks, *copies;
} editions[] = {
	{ "CPU2006", "runspec", "benchspec/CPU2006", "--rate" },
	{ "CPU2017", "runcpu", "benchspec/CPU", "--copies" },
};

enum { VERSION_MAX = 16 };

struct cpu {
	struct spec spec;
	const struct edition *edition;
	char version[VERSION_MAX];
	const char *config, *benchmarks, *tune, *iterations, *copies, *threads, *quick;
};

/* The version that the tree says it has: 1 and further numbers. */
static int read_version(struct cpu *c)
{
	char path[PATH_MAX], *v = c->version;
	int n;

	snprintf(path, sizeof(path), "%s/version.txt", c->spec.tree);
	n = io_read_file(path, v, sizeof(c->version));
	if (n < 0)
		return cmd_fail(n, path);
	v[strcspn(v, "\r\n")] = '\0';
	if (!strncmp(v, "1.", 2) && strspn(v, "0123456789.") == strlen(v))
		return EXIT_OK;
	return spec_wrong(&c->spec, "%s: not a version of %s that is known: 1.x", path,
			  c->edition->name);
}

/* Which suite the tree is. */
static int find_edition(struct cpu *c)
{
	char tool[32];

	for (size_t i = 0; i < sizeof(editions) / sizeof(*editions); i++) {
		snprintf(tool, sizeof(tool), "bin/%s", editions[i].tool);
		if (!spec_has(&c->spec, tool) || !spec_has(&c->spec, editions[i].benchmarks) ||
		    !spec_has(&c->spec, "shrc") || !spec_has(&c->spec, "version.txt"))
			continue;
		c->edition = &editions[i];
		return read_version(c);
	}
	return spec_wrong(&c->spec,
			  "%s: neither CPU2006 nor CPU2017 is installed here: they have shrc, "
			  "version.txt, and bin/runspec with benchspec/CPU2006, or bin/runcpu with "
			  "benchspec/CPU",
			  c->spec.tree);
}

static int check_word(const struct cpu *c, const char *option, const char *value,
		      const char *const words[])
{
	for (size_t i = 0; words[i]; i++)
		if (!strcmp(words[i], value))
			return EXIT_OK;
	return spec_wrong(&c->spec, "%s %s: not one of %s, %s, %s", option, value, words[0],
			  words[1], words[2]);
}

static int check_config(const struct cpu *c)
{
	char path[PATH_MAX];

	if (!c->config)
		return spec_wrong(&c->spec, "needs --config NAME, a file of the tree's config");
	if (!workload_name_is_fine(c->config))
		return spec_wrong(&c->spec, "--config takes a name of A-Z, a-z, 0-9, ., _ and -");
	snprintf(path, sizeof(path), "config/%s", c->config);
	if (spec_has(&c->spec, path))
		return EXIT_OK;
	strcat(path, ".cfg");
	return spec_has(&c->spec, path)
		       ? EXIT_OK
		       : spec_wrong(&c->spec, "%s/config: has no %s", c->spec.tree, c->config);
}

static int check_options(const struct cpu *c)
{
	static const char *const tunes[] = { "base", "peak", "all", NULL };
	static const char *const sizes[] = { "test", "train", "ref", NULL };
	const struct spec *s = &c->spec;

	if (!c->benchmarks)
		return spec_wrong(s, "needs --benchmarks NAME,...: 429.mcf, say");
	if (c->copies && c->threads)
		return spec_wrong(s,
				  "--copies measures a rate, --threads a speed: give one of them");
	if (c->threads && c->edition != &editions[1])
		return spec_wrong(s, "--threads is for CPU2017");
	if (spec_number(s, "--iterations", c->iterations, 999) ||
	    spec_number(s, "--copies", c->copies, 4096) ||
	    spec_number(s, "--threads", c->threads, 4096) ||
	    check_word(c, "--tune", c->tune, tunes) || check_word(c, "--quick", c->quick, sizes))
		return EXIT_USAGE;
	return check_config(c);
}

/* A benchmark has a number before its name, and is in the tree; anything else is a set of them, of
 * which the tools know which there are. */
static int check_benchmark(const struct cpu *c, const char *name)
{
	char path[PATH_MAX];

	if (!workload_name_is_fine(name))
		return spec_wrong(&c->spec, "--benchmarks: '%s' is no name of a benchmark", name);
	snprintf(path, sizeof(path), "%s/%s", c->edition->benchmarks, name);
	if (!isdigit((unsigned char)*name) || spec_has(&c->spec, path))
		return EXIT_OK;
	return spec_wrong(&c->spec, "%s/%s: has no %s", c->spec.tree, c->edition->benchmarks, name);
}

/* How the tool is called, but for size and benchmark. */
static void format_command(const struct cpu *c, char *text, size_t size)
{
	const char *value = c->copies ? c->copies : c->threads;

	snprintf(text, size,
		 "/%s/run cpu %s --config=%s --noreportable --nobuild --ignore_errors "
		 "--output_format=raw --tune=%s --iterations=%s%s%s%s%s",
		 c->spec.build.name, c->edition->tool, c->config, c->tune, c->iterations,
		 value ? " " : "",
		 !value	     ? ""
		 : c->copies ? c->edition->copies
			     : "--threads",
		 value ? "=" : "", value ? value : "");
}

static int write_benchmark(const struct cpu *c, const char *name)
{
	char command[WORKLOAD_TEXT_MAX];
	int r = check_benchmark(c, name);

	format_command(c, command, sizeof(command));
	return r ? r
		 : spec_workload(&c->spec, name,
				 "about       = %s of SPEC %s %s, an estimate\n"
				 "quick       = %s --size=%s %s\n"
				 "ref         = %s --size=ref %s\n"
				 "metric      = rsf\n",
				 name, c->edition->name, c->version, command, c->quick, name,
				 command, name);
}

/* A workload for each benchmark, and the suite of them. */
static int write_all(const void *cpu)
{
	const struct cpu *c = cpu;
	char names[WORKLOAD_TEXT_MAX + 1], words[WORKLOAD_TEXT_MAX + 1], about[64], *save;
	int r = EXIT_OK;

	if (strlen(c->benchmarks) >= sizeof(names))
		return spec_wrong(&c->spec, "--benchmarks is too long");
	strcpy(names, c->benchmarks);
	for (char *comma = names; (comma = strchr(comma, ','));)
		*comma = ' ';
	strcpy(words, names);
	for (char *name = strtok_r(names, " ", &save); !r && name;
	     name = strtok_r(NULL, " ", &save))
		r = write_benchmark(c, name);
	snprintf(about, sizeof(about), "SPEC %s %s, estimates", c->edition->name, c->version);
	return r ? r : spec_suite(&c->spec, c->spec.build.name, about, words);
}

int spec_cpu(int argc, char **argv)
{
	struct cpu c = {
		.spec = { .command = argv[0], .timeout = "86400", .build.name = "spec-cpu" },
		.tune = "base",
		.iterations = "3",
		.quick = "test"
	};
	const struct spec_option own[] = {
		{ "config", &c.config, false }, { "benchmarks", &c.benchmarks, false },
		{ "tune", &c.tune, false },	{ "iterations", &c.iterations, false },
		{ "copies", &c.copies, false }, { "threads", &c.threads, false },
		{ "quick", &c.quick, false },	{ 0 },
	};
	int r = spec_parse(&c.spec, argc, argv, own);

	if (r)
		return r == CMD_HELP ? EXIT_OK : EXIT_USAGE;
	if ((r = spec_check(&c.spec, argc, PACKAGES)) || (r = find_edition(&c)) ||
	    (r = check_options(&c)))
		return r;
	return spec_make(&c.spec, write_all, &c);
}
