/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/machine.h"
#include "host/store.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
#define CMD_ROW(name, help) { #name, cmd_##name, help },
	XLAB_COMMANDS(CMD_ROW)
#undef CMD_ROW
};

enum { NCOMMANDS = sizeof(commands) / sizeof(*commands), EPOCH = 1767225600 };

int cmd_option(int argc, char **argv, const struct option *opts, const char *usage)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, ":h", opts, NULL);
	if (c == 'h') {
		fputs(usage, stdout);
		return CMD_HELP;
	}
	if (c == ':' || c == '?') {
		log_warnx("%s: %s: %s (see xlab %s --help)", argv[0], argv[optind - 1],
			  c == ':' ? "needs a value" : "no such option", argv[0]);
		return CMD_BAD;
	}
	return c;
}

int cmd_word_run(const struct cmd_word *words, size_t n, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < n; i++) {
		if (strcmp(argv[1], words[i].name))
			continue;
		argv[1] = (char *)words[i].title;
		return words[i].run(argc - 1, argv + 1);
	}
	return -1;
}

int cmd_stop_fd(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int cmd_need_dom0(const char *command)
{
	if (machine_is_dom0())
		return EXIT_OK;
	log_warnx("%s: needs Xen: run this in dom0, or see xlab testbed --help", command);
	return EXIT_USAGE;
}

int cmd_epoch(int64_t *epoch)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;

	*epoch = EPOCH;
	if (!text)
		return EXIT_OK;
	errno = 0;
	*epoch = strtoll(text, &end, 10);
	if (!errno && !*end && *text >= '0' && *text <= '9' && *epoch <= UINT32_MAX)
		return EXIT_OK;
	log_warnx("SOURCE_DATE_EPOCH is not a number of seconds");
	return EXIT_USAGE;
}

int cmd_fail(int err, const char *what)
{
	static const int input[] = { ENOENT, EINVAL,	   ENOTDIR, EISDIR,  EPROTO,
				     EACCES, ENAMETOOLONG, ELOOP,   EUCLEAN, EFBIG };

	log_warnx("%s: %s", what, strerror(-err));
	for (size_t i = 0; i < sizeof(input) / sizeof(*input); i++)
		if (input[i] == -err)
			return EXIT_USAGE;
	return EXIT_SYSTEM;
}

int cmd_fail_disk(const char *path, int err, const char *holder)
{
	if (err != -EBUSY)
		return cmd_fail(err, path);
	log_warnx("%s: in use by %s", path, holder);
	return EXIT_USAGE;
}

int cmd_fail_store(int err, const char *path)
{
	switch (-err) {
	case EPROTO: log_warnx("%s: not a store of xlab", path); break;
	case EPROTONOSUPPORT:
		log_warnx("%s: made by a newer xlab: its version is %d, this one knows %d", path,
			  store_version(path), STORE_VERSION);
		break;
	case EUCLEAN: log_warnx("%s: damaged: it holds what no xlab wrote", path); break;
	case ENOTRECOVERABLE:
		log_warnx("%s: its writer was stopped: copy it with its -wal or -journal to where it "
			  "can be written", path);
		break;
	default: return cmd_fail(err, path);
	}
	return EXIT_USAGE;
}

static void print_help(FILE *f)
{
	fputs("usage: xlab COMMAND [ARG...]\n\n", f);
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nxlab COMMAND --help says more.\n", f);
}

static int run_command(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (!strcmp(commands[i].name, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	log_warnx("%s: no such command (see xlab --help)", argv[1]);
	return EXIT_USAGE;
}

/* What went well is not done while what it printed is lost. */
int main(int argc, char **argv)
{
	int status, err;

	log_init("xlab");
	status = run_command(argc, argv);
	err = ferror(stdout) ? -EIO : fflush(stdout) ? -errno : 0;
	return err && !status ? cmd_fail(err, "stdout") : status;
}
