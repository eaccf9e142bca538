/* SPDX-License-Identifier: ISC */
/* The commands of xlab: one file each. They return 0, EXIT_USAGE or EXIT_SYSTEM (see log.h). */
#ifndef HOST_CMD_H
#define HOST_CMD_H

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, what it does) */
#define XLAB_COMMANDS(X) \
	X(image, "build and read disk images") \
	X(payload, "make and read disks of software for guests") \
	X(workload, "make workloads of benchmarks that you have a licence for; check any") \
	X(cfg, "render the configs of every mode; convert and check anybody's") \
	X(start, "start a domain, whose disk nobody else may have") \
	X(stop, "shut domains down") \
	X(list, "show the domains, their modes and disks") \
	X(console, "attach to a guest's console") \
	X(doctor, "say what about this host would spoil figures") \
	X(run, "boot the image in the modes asked for and collect its results") \
	X(native, "boot the image on this machine without Xen, once") \
	X(collect, "store what guests report, and acknowledge it") \
	X(report, "make a table, a JSON or an HTML report of a store") \
	X(export, "write what is stored as JSON, CSV or OpenMetrics") \
	X(import, "take the stores of other hosts into one") \
	X(testbed, "run a real Xen host in a box")

#define CMD_DECLARE(name, help) int cmd_##name(int argc, char **argv);
XLAB_COMMANDS(CMD_DECLARE)
#undef CMD_DECLARE

/*
 * getopt_long() for a command: parses argv with opts, whose values are all distinct characters,
 * prints what is wrong in one line, and prints usage for --help. Returns the option, -1 at the end,
 * or CMD_HELP / CMD_BAD, upon which the command returns EXIT_OK / EXIT_USAGE.
 */
enum { CMD_HELP = 0x100, CMD_BAD };
int cmd_option(int argc, char **argv, const struct option *opts, const char *usage);

/* For the switch over cmd_option(): answers --help and a bad option. */
#define CMD_OPTION_DEFAULTS \
	case CMD_HELP: return EXIT_OK; \
	default: return EXIT_USAGE

/* A command that is several: argv[1] says which, and title is what it is called in messages. */
struct cmd_word {
	const char *name, *title;
	int (*run)(int argc, char **argv);
};

/* Runs the one that is asked for and returns its status, or -1 where it is none of the n. */
int cmd_word_run(const struct cmd_word *words, size_t n, int argc, char **argv);

/* The user's wish to stop (SIGINT, SIGTERM, SIGHUP) as something that can be waited for, from now on:
 * a signalfd(2) that does not block, or -1 with errno. */
int cmd_stop_fd(void);

/* EXIT_OK in dom0; else says that the command needs Xen and returns EXIT_USAGE. */
int cmd_need_dom0(const char *command);

/* The time of what has none of its own, in seconds since 1970: $SOURCE_DATE_EPOCH, or the same for
 * everybody. EXIT_OK, or says that it is none and returns EXIT_USAGE. */
int cmd_epoch(int64_t *epoch);

/* Reports "what: why" for -errno and returns the exit status that fits it. */
int cmd_fail(int err, const char *what);

/* The same for a disk whose lock could not be had (disk_lock.h). */
int cmd_fail_disk(const char *path, int err, const char *holder);

/* The same for a store that could not be opened. */
int cmd_fail_store(int err, const char *path);

#endif
