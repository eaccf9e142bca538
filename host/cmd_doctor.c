/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/doctor.h"
#include "host/facts.h"

enum { SECONDS = 2, SECONDS_MAX = 3600, QUIET_MAX = 2 };

static const char usage[] =
	"usage: xlab doctor [--json] [--seconds N] [--root DIR]\n"
	"\n"
	"Looks at this host, natively or in dom0, and says what would spoil figures that are taken on\n"
	"it: a line for each thing, with the fix. Exits with 100 when something spoils them.\n"
	"\n"
	"  --json       an object with the findings, and all facts that they come from\n"
	"  --seconds N  how long to listen for noise (2); 0: not at all\n"
	"  --root DIR   the proc/ and sys/ of DIR, and not of this machine\n";

static int parse_seconds(const char *word, int *seconds)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (end == word || *end || n < 0 || n > SECONDS_MAX) {
		log_warnx("doctor: --seconds takes a number from 0 to %d, not %s", SECONDS_MAX,
			  word);
		return EXIT_USAGE;
	}
	*seconds = (int)n;
	return EXIT_OK;
}

/* Reads the facts, and what goes on while seconds pass. False when memory is short. */
static bool examine(const struct facts_source *src, int seconds, json_t **facts, json_t **noise)
{
	json_t *before = seconds ? facts_gather(src, NULL, 0) : NULL;

	if (seconds > QUIET_MAX && isatty(STDERR_FILENO))
		log_info("listening for noise, for %d s", seconds);
	if (seconds)
		poll(NULL, 0, seconds * 1000);
	*facts = facts_gather(src, NULL, 0);
	*noise = before ? facts_noise(before, *facts) : json_array();
	json_decref(before);
	return *facts && *noise;
}

static void print_lines(const json_t *findings)
{
	const json_t *one;
	size_t i;

	json_array_foreach(findings, i, one)
	{
		const char *severity, *what, *fix;

		if (!json_unpack((json_t *)one, "{ss ss ss}", "severity", &severity, "what", &what,
				 "fix", &fix))
			printf("%-7s  %s: %s\n", severity, what, fix);
	}
	printf("%zu spoil figures, %zu matter to them, %zu belong beside them\n",
	       doctor_count(findings, DOCTOR_SPOILS), doctor_count(findings, DOCTOR_MATTERS),
	       doctor_count(findings, DOCTOR_FYI));
}

static void print_json(const json_t *findings, json_t *facts, json_t *noise)
{
	json_t *all = json_pack("{si sb sO sO sO}", "doctor", 1, "spoiled",
				doctor_count(findings, DOCTOR_SPOILS) > 0, "findings", findings,
				"noise", noise, "facts", facts);

	json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	json_decref(all);
	putchar('\n');
}

static int report(json_t *facts, json_t *noise, bool json)
{
	json_t *findings = doctor_findings(facts, noise);
	size_t spoils = doctor_count(findings, DOCTOR_SPOILS);

	if (!findings)
		return cmd_fail(-ENOMEM, "doctor");
	if (json)
		print_json(findings, facts, noise);
	else
		print_lines(findings);
	json_decref(findings);
	if (fflush(stdout) || ferror(stdout))
		return cmd_fail(-EIO, "standard output");
	return spoils ? EXIT_USAGE : EXIT_OK;
}

static int doctor(const struct facts_source *src, int seconds, bool json)
{
	json_t *facts = NULL, *noise = NULL;
	int status = EXIT_SYSTEM;

	if (examine(src, seconds, &facts, &noise))
		status = report(facts, noise, json);
	else
		cmd_fail(-ENOMEM, "doctor");
	json_decref(facts);
	json_decref(noise);
	return status;
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 's' },
		{ "root", required_argument, NULL, 'r' },
		{ 0 },
	};
	struct facts_source src = facts_system();
	int c, seconds = SECONDS;
	bool json = false;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		switch (c) {
		case 'j': json = true; break;
		case 'r': src.root = optarg; break;
		case 's':
			if (parse_seconds(optarg, &seconds))
				return EXIT_USAGE;
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind < argc) {
		log_warnx("doctor: takes no words (see xlab doctor --help)");
		return EXIT_USAGE;
	}
	if (*src.root && access(src.root, X_OK))
		return cmd_fail(-errno, src.root);
	return doctor(&src, seconds, json);
}
