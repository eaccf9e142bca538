/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "guest-tools/lib/log.h"
#include "guest-tools/lib/workload_file.h"
#include "host/cmd.h"
#include "host/spec.h"

const char spec_usage[] =
	"usage: xlab workload spec-cpu --tree DIR --config NAME --benchmarks NAME,... [--tune base|peak|all]\n"
	"           [--iterations N] [--copies N | --threads N] [--quick test|train|ref] [OPTION ...]\n"
	"       xlab workload spec-jbb --tree DIR [--java PATH] [--java-options TEXT] [--warehouses N]\n"
	"           [--seconds N] [--estimate] [OPTION ...]\n"
	"       xlab workload spec-web --tree DIR --server COMMAND [--metric EXPRESSION] [--unit NAME]\n"
	"           [OPTION ...]\n"
	"       xlab workload check FILE ...\n"
	"\n"
	"spec-...  make of a licensed tree in DIR, which stays as it is, a payload with workloads for\n"
	"          guests: SPEC CPU2006 and CPU2017, SPECjbb2005 and 2015, SPECweb2005's web server\n"
	"check     says whether files are workloads that a guest can read\n"
	"\n"
	"OPTIONs: --name NAME of payload and workload; --packages PACKAGE,... or --system DIR, what the\n"
	"guest runs it with; --timeout SECONDS; --out FILE, NAME.payload unless told.\n";

static int check_file(const char *path)
{
	struct workload w;
	char why[WORKLOAD_WHY];

	if (workload_read(path, &w, why)) {
		log_warnx("%s: %s", path, why);
		return EXIT_USAGE;
	}
	printf("%s: %s%s%s\n", path, w.nmembers ? "a suite" : "a workload", w.about[0] ? ": " : "",
	       w.about);
	return EXIT_OK;
}

static int check(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int c, r = EXIT_OK;

	while ((c = cmd_option(argc, argv, options, spec_usage)) != -1) {
		switch (c) {
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind == argc) {
		log_warnx("%s: needs a FILE", argv[0]);
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++)
		if (check_file(argv[i]))
			r = EXIT_USAGE;
	return r;
}

int cmd_workload(int argc, char **argv)
{
	static const struct cmd_word verbs[] = {
		{ "spec-cpu", "workload spec-cpu", spec_cpu },
		{ "spec-jbb", "workload spec-jbb", spec_jbb },
		{ "spec-web", "workload spec-web", spec_web },
		{ "check", "workload check", check },
	};
	int r = cmd_word_run(verbs, sizeof(verbs) / sizeof(*verbs), argc, argv);

	if (r >= 0)
		return r;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(spec_usage, stdout);
		return EXIT_OK;
	}
	log_warnx(
		"workload: needs spec-cpu, spec-jbb, spec-web or check (see xlab workload --help)");
	return EXIT_USAGE;
}
