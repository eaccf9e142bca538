/* SPDX-License-Identifier: ISC */
/*
 * xlab-work [--size quick|ref] [--suite NAME] FILE|NAME: finds the workload, enters the payload
 * that it needs, and runs it there. Of a suite it runs all. $XLAB_WARMUPS and $XLAB_REPETITIONS
 * say how often, instead of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-tools/lib/log.h"
#include "guest-tools/lib/times.h"
#include "guest-tools/lib/workload_file.h"
#include "guest-tools/work/work.h"

/* Set to the workload's name where this program runs inside a payload. */
#define INSIDE "XLAB_WORK_INSIDE"

static const char usage[] = "usage: xlab-work [--size quick|ref] [--suite NAME] FILE|NAME\n";

struct options {
	enum workload_size size;
	const char *suite; /* NULL: the workload's own name */
	const char *what;
};

/* Where a workload is, that its path or its name is given of. */
static void find_path(const char *what, char path[PATH_MAX])
{
	if (strchr(what, '/'))
		snprintf(path, PATH_MAX, "%s", what);
	else
		workload_path(what, path);
}

/* Becomes xlab-run-in with this program inside, by descriptors: there is no such file there.
 * Returns only when that fails, an exit status. */
static int enter_payload(const struct options *o, const struct workload *w, const char *path,
			 const char *name)
{
	const char *run_in = getenv("XLAB_RUN_IN");
	int self = open("/proc/self/exe", O_RDONLY), file = open(path, O_RDONLY);
	char program[64], workload[64];

	if (self < 0 || file < 0) {
		log_warn("%s", self < 0 ? "/proc/self/exe" : path);
		return EXIT_SYSTEM;
	}
	run_in = run_in ? run_in : "xlab-run-in";
	snprintf(program, sizeof(program), "/proc/self/fd/%d", self);
	snprintf(workload, sizeof(workload), "/proc/self/fd/%d", file);
	setenv(INSIDE, name, 1);
	execlp(run_in, run_in, w->payload, program, "--size", workload_size_name(o->size),
	       "--suite", o->suite ? o->suite : name, workload, (char *)NULL);
	log_warn("cannot run %s", run_in);
	return EXIT_SYSTEM;
}

/* Runs one workload: name is what its samples say. */
static int run_workload(const struct options *o, const struct workload *w, const char *path)
{
	const char *inside = getenv(INSIDE), *base = strrchr(path, '/') + 1;
	const char *name = inside ? inside : base;

	if (!workload_name_is_fine(name)) {
		log_warnx("%s: a workload's file has 1 to %d of A-Za-z0-9._- for a name", path,
			  WORKLOAD_NAME_MAX);
		return EXIT_USAGE;
	}
	if (w->payload[0] && !inside)
		return enter_payload(o, w, path, name);
	return work_run(w, o->size, o->suite ? o->suite : name, name, stdout);
}

static int run_file(const struct options *o, const char *path);

/* Runs a member in a process of its own, which may enter a payload. */
static int run_member(const struct options *o, const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(run_file(o, path));
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		log_warn("%s", path);
		return EXIT_SYSTEM;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SYSTEM;
}

/* Runs all of a suite, whatever becomes of one; its workloads are beside it. The first failure's
 * exit status is the suite's. */
static int run_suite(const struct options *o, const struct workload *suite, const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	struct options member = { .size = o->size, .suite = base };
	int first = EXIT_OK;

	if (o->suite) {
		log_warnx("%s: is a suite, which cannot be part of another", path);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < suite->nmembers; i++) {
		char file[PATH_MAX];
		int r;

		snprintf(file, sizeof(file), "%.*s%s", (int)(base - path), path, suite->member[i]);
		r = run_member(&member, file);
		first = first ? first : r;
	}
	return first;
}

static int run_file(const struct options *o, const char *path)
{
	static struct workload w;
	char why[WORKLOAD_WHY];

	if (workload_read(path, &w, why)) {
		log_warnx("%s: %s", path, why);
		return EXIT_USAGE;
	}
	if (times_take(TIMES_WARMUPS, 0, &w.warmups) ||
	    times_take(TIMES_REPETITIONS, 1, &w.repetitions))
		return EXIT_USAGE;
	return w.nmembers ? run_suite(o, &w, path) : run_workload(o, &w, path);
}

/* Returns 1, or an exit status when there is nothing to run. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "size", required_argument, NULL, 's' },
		{ "suite", required_argument, NULL, 'u' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (c == 'h')
			return fputs(usage, stdout) < 0 || fflush(stdout) ? EXIT_SYSTEM : EXIT_OK;
		if (c == 's' && !workload_size_parse(optarg, &o->size))
			continue;
		if (c == 'u' && workload_name_is_fine(optarg)) {
			o->suite = optarg;
			continue;
		}
		fprintf(stderr, "xlab-work: %s", usage);
		return EXIT_USAGE;
	}
	if (optind != argc - 1 || !*argv[optind]) {
		fprintf(stderr, "xlab-work: %s", usage);
		return EXIT_USAGE;
	}
	o->what = argv[optind];
	return 1;
}

int main(int argc, char **argv)
{
	struct options o = { .size = WORKLOAD_QUICK };
	char path[PATH_MAX];
	int r;

	log_init("xlab-work");
	r = parse_options(argc, argv, &o);
	if (r != 1)
		return r;
	find_path(o.what, path);
	return run_file(&o, path);
}
