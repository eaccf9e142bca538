/* SPDX-License-Identifier: ISC */
#include "host/spec.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/proc.h"

/* What starts a benchmark in the guest. */
__asm__(".section .rodata\n"
	".global spec_run\n"
	".global spec_run_end\n"
	"spec_run:\n"
	".incbin \"rootfs/spec/run\"\n"
	"spec_run_end:\n"
	".byte 0\n"
	".previous\n");
extern const char spec_run[], spec_run_end[];

/* Adds options to n that there are. Returns how many there are then. */
static int add_options(const struct spec_option *from, struct option *options, const char **value[],
		       int n)
{
	for (; from->name && n < SPEC_OPTIONS_MAX; from++, n++) {
		options[n] =
			(struct option){ from->name, from->flag ? no_argument : required_argument,
					 NULL, n };
		value[n] = from->value;
	}
	return n;
}

int spec_parse(struct spec *s, int argc, char **argv, const struct spec_option *own)
{
	const struct spec_option common[] = {
		{ "tree", &s->tree, false },
		{ "name", &s->build.name, false },
		{ "packages", &s->build.packages, false },
		{ "system", &s->build.from, false },
		{ "timeout", &s->timeout, false },
		{ "out", &s->build.out, false },
		{ 0 },
	};
	struct option options[SPEC_OPTIONS_MAX + 1] = { { "help", no_argument, NULL, 'h' } };
	const char **value[SPEC_OPTIONS_MAX];
	int c;

	add_options(own, options, value, add_options(common, options, value, 1));
	while ((c = cmd_option(argc, argv, options, spec_usage)) != -1) {
		if (c == CMD_HELP || c == CMD_BAD)
			return c;
		*value[c] = optarg ? optarg : "";
	}
	return EXIT_OK;
}

int spec_wrong(const struct spec *s, const char *fmt, ...)
{
	char text[PATH_MAX + 256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warnx("%s: %s", s->command, text);
	return EXIT_USAGE;
}

/* What the payload is made of, but for the tree. */
static int check_system(struct spec *s, const char *packages)
{
	if (s->build.packages && s->build.from)
		return spec_wrong(s, "--packages and --system are two ways: give one of them");
	if (!s->build.packages && !s->build.from)
		s->build.packages = packages;
	if (!s->build.packages && !s->build.from)
		return spec_wrong(s, "needs --packages or --system: what the guest runs it with");
	if (s->build.packages && !payload_packages_are_fine(s->build.packages))
		return spec_wrong(s, "--packages takes names of Debian packages with commas "
				     "between them");
	return EXIT_OK;
}

int spec_check(struct spec *s, int argc, const char *packages)
{
	struct stat st;

	if (optind != argc)
		return spec_wrong(s, "takes no arguments but options (see xlab workload --help)");
	if (!s->tree)
		return spec_wrong(s, "needs --tree DIR, where the benchmark is installed");
	if (!payload_name_is_fine(s->build.name))
		return spec_wrong(s, "--name has 1 to 16 characters a-z, 0-9 and -, and does not "
				     "begin with -");
	if (stat(s->tree, &st) < 0 || (!S_ISDIR(st.st_mode) && (errno = ENOTDIR)))
		return cmd_fail(-errno, s->tree);
	if (spec_number(s, "--timeout", s->timeout, 1000000))
		return EXIT_USAGE;
	snprintf(s->out, sizeof(s->out), "%s.payload", s->build.name);
	s->build.out = s->build.out ? s->build.out : s->out;
	return check_system(s, packages);
}

bool spec_has(const struct spec *s, const char *path)
{
	char whole[PATH_MAX];

	return (size_t)snprintf(whole, sizeof(whole), "%s/%s", s->tree, path) < sizeof(whole) &&
	       access(whole, F_OK) == 0;
}

int spec_number(const struct spec *s, const char *option, const char *value, unsigned long max)
{
	size_t len = value ? strlen(value) : 0;

	if (!value || (len && len < 10 && strspn(value, "0123456789") == len &&
		       strtoul(value, NULL, 10) >= 1 && strtoul(value, NULL, 10) <= max))
		return EXIT_OK;
	return spec_wrong(s, "%s takes a number from 1 to %lu", option, max);
}

int spec_words(const struct spec *s, const char *option, const char *value)
{
	for (const char *c = value; c && *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			return spec_wrong(s, "%s has a character that no workload can have",
					  option);
	return EXIT_OK;
}

/* Makes a folder in the stage. 0 or -errno. */
static int make_folder(const struct spec *s, const char *name)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", s->stage, name);
	return mkdir(path, 0755) < 0 ? -errno : 0;
}

static int write_file(const struct spec *s, const char *folder, const char *name, const char *text,
		      size_t len, mode_t mode)
{
	char path[PATH_MAX + 160];
	int r;

	snprintf(path, sizeof(path), "%s/%s/%s", s->stage, folder, name);
	r = io_replace_file(path, text, len);
	if (!r && chmod(path, mode) < 0)
		r = -errno;
	return r ? cmd_fail(r, path) : EXIT_OK;
}

/* Makes the stage. */
static int begin(struct spec *s)
{
	int r;

	if ((size_t)snprintf(s->stage, sizeof(s->stage), "%s.XXXXXX", s->build.out) >=
	    sizeof(s->stage))
		return cmd_fail(-ENAMETOOLONG, s->build.out);
	if (!mkdtemp(s->stage)) {
		r = -errno;
		s->stage[0] = '\0';
		return cmd_fail(r, s->build.out);
	}
	r = make_folder(s, s->build.name);
	if (!r)
		r = make_folder(s, "workloads");
	return r ? cmd_fail(r, s->stage)
		 : write_file(s, s->build.name, "run", spec_run, (size_t)(spec_run_end - spec_run),
			      0755);
}

/* Writes what the guest will be able to read. */
static int write_workload(const struct spec *s, const char *name, const char *text)
{
	char copy[WORKLOAD_FILE_MAX], why[WORKLOAD_WHY];
	struct workload w;

	strcpy(copy, text);
	if (!workload_name_is_fine(name))
		return spec_wrong(s, "%s: no workload can have this name", name);
	if (workload_parse(copy, &w, why, sizeof(why)))
		return spec_wrong(s, "%s: %s", name, why);
	return write_file(s, "workloads", name, text, strlen(text), 0644);
}

int spec_workload(const struct spec *s, const char *name, const char *fmt, ...)
{
	char text[WORKLOAD_FILE_MAX], lines[WORKLOAD_FILE_MAX - 256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(lines, sizeof(lines), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(lines))
		return spec_wrong(s, "%s: is too long for a workload", name);
	snprintf(text, sizeof(text),
		 "payload     = %s\nwarmups     = 0\nrepetitions = 1\ntimeout     = %s\n%s",
		 s->build.name, s->timeout, lines);
	return write_workload(s, name, text);
}

int spec_suite(const struct spec *s, const char *name, const char *about, const char *names)
{
	char text[WORKLOAD_FILE_MAX];
	int n = snprintf(text, sizeof(text), "about     = %s\nworkloads = %s\n", about, names);

	if (n < 0 || (size_t)n >= sizeof(text))
		return spec_wrong(s, "%s: has more workloads than a suite can have", name);
	return write_workload(s, name, text);
}

/* Puts the tree and the stage over the system that they are to run in. */
static int build(struct spec *s)
{
	char at[PAYLOAD_NAME_MAX + 16];

	snprintf(at, sizeof(at), "/%s/tree", s->build.name);
	s->build.add[0] = (struct payload_add){ s->tree, at };
	s->build.add[1] = (struct payload_add){ s->stage, "" };
	s->build.stop_fd = cmd_stop_fd();
	return s->build.stop_fd < 0 ? cmd_fail(-errno, "signalfd") : payload_build(&s->build);
}

static void say(const struct spec *s)
{
	printf("%s: a guest runs it with these lines in its description, or in a plan:\n"
	       "payload  = %s\n"
	       "workload = %s\n"
	       "Its figures are estimates unless SPEC's own rules were kept, see xlab-workload(1).\n",
	       s->build.out, s->build.out, s->build.name);
}

int spec_make(struct spec *s, int (*write)(const void *what), const void *what)
{
	int r = begin(s);

	if (!r)
		r = write(what);
	if (!r)
		r = build(s);
	if (s->stage[0])
		proc_run((const char *const[]){ "rm", "-rf", "--", s->stage, NULL }, NULL);
	if (!r)
		say(s);
	return r;
}
