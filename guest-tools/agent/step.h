/* SPDX-License-Identifier: ISC */
/*
 * A workload is a text file, found as workload_file.h says: a command a line, run one after the
 * other. Words are separated by blanks, "%s" stands for the size asked for, '#' begins a comment
 * line. Each line that a command prints is a record, a JSON object. A file in the form of
 * xlab-workload(5) is one such command, xlab-work with its name; a suite is one for each workload.
 * $XLAB_WARMUPS and $XLAB_REPETITIONS are how often a command is to do its work, where the host has
 * said so.
 */
#ifndef XLAB_STEP_H
#define XLAB_STEP_H

/* Runs the steps and sends their records, each step's when it has ended. Returns how many ran, and
 * in *failed how many of them did not exit with 0; or -errno: -ENOENT for a workload that there is
 * not, -EINVAL for a suite that is none. */
int step_run_all(const char *workload, const char *size, int *failed);

#endif
