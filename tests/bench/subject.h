/* SPDX-License-Identifier: ISC */
/* Who is compared: a row of the table in subject.c each. */
#ifndef XLAB_TESTS_BENCH_SUBJECT_H
#define XLAB_TESTS_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#define SUBJECT_INITS "build/sysroot/inits" /* what rootfs/build-inits.sh makes */
#define SUBJECT_SVC "/usr/bin/svc"

struct subject {
	const char *name;
	const char *packages;	/* folders of SUBJECT_INITS; the first has PID 1. NULL: our own */
	const char *argv[5];	/* of PID 1; argv[0] is its file in the root */
	bool wraps;		/* the service's command is the rest of its argv */
	bool supervises;
	/* Writes the configuration for the service "svc WORD" into the root. 0 or -errno. */
	int (*setup)(const char *root, const char *word);
	const char *delay;	/* before a restart; NULL: it restarts nothing */
	const char *note;
};

extern const struct subject subjects[];
extern const size_t subject_count;

/* Bytes of all shared libraries below an installed subject's root: its packages' and libc's. */
long subject_library_bytes(const char *root);

/* Puts the files of its packages, the service and, for dynamic programs, the machine's libc into
 * the new folder root. 0 or -errno. */
int subject_install(const struct subject *s, const char *root);

/* Makes /etc, /run, /tmp and /out of the root new, for a boot with that word. 0 or -errno. */
int subject_refresh(const struct subject *s, const char *root, const char *word);

/* Whether the program in the root needs a dynamic linker; -errno when it cannot be read. */
int subject_is_dynamic(const struct subject *s, const char *root);

/* Version of its first package, for example "0.19.0-1+b3". "" when it is not known. */
void subject_version(const struct subject *s, char *version, size_t size);

#endif
