/* SPDX-License-Identifier: ISC */
/*
 * The only caller of xl(1). Each call blocks until xl has ended, at most XL_DEADLINE_MS. What xl
 * says goes into the log file given. Returned: 0, -ENOENT when there is no xl, -ETIMEDOUT, or -EIO
 * when it failed.
 */
#ifndef HOST_XL_H
#define HOST_XL_H

#include <stdbool.h>
#include <stddef.h>

enum { XL_DEADLINE_MS = 120 * 1000 };

/* Creates the domain paused, so that the host can write what the guest will ask for. */
int xl_create_paused(const char *cfg, const char *log);

int xl_domid(const char *name, unsigned *domid, const char *log);
int xl_unpause(const char *name, const char *log);
int xl_destroy(const char *name, const char *log);

/* Asks the guest to shut down: by xenstore, or, where its kernel does not listen there, by ACPI. */
int xl_shutdown(const char *name, const char *log);

/* `xl list`, or, with configs, the JSON of `xl list -l`, ended by a NUL. -EMSGSIZE: more than size
 * - 1 bytes. */
int xl_list(bool configs, char *buf, size_t size, const char *log);

/* What a command that only reads prints, ended by a NUL: argv[0] is xl, or xenpm, its sibling for
 * processors' frequencies. -EMSGSIZE: buf holds the first size - 1 bytes. */
int xl_ask(const char *const argv[], char *buf, size_t size);

/* Attaches the terminal to the guest's console, its serial port if that is asked for, until the
 * user detaches or the domain is gone. Without a deadline. */
int xl_console(const char *name, bool serial);

#endif
