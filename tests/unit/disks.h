/* SPDX-License-Identifier: ISC */
/* Small disks for tests, in a folder of their own that ends with the test program. */
#ifndef TESTS_UNIT_DISKS_H
#define TESTS_UNIT_DISKS_H

#include <stddef.h>
#include <stdint.h>

/* A path in that folder, which is made at the first call. Good until 16 calls later. */
const char *disks_path(const char *name);

/* Runs a line of sh in the folder; the test fails if that does. */
__attribute__((format(printf, 1, 2))) void disks_sh(const char *line, ...);

/* The same, and returns its exit status. */
__attribute__((format(printf, 1, 2))) int disks_try(const char *line, ...);

/* Writes a file of the folder. */
void disks_write(const char *name, const void *buf, size_t len);

/* Overwrites some bytes of one. */
void disks_poke(const char *name, uint64_t at, const void *buf, size_t len);

/* A disk of 8 MiB named NAME.img with one ext4 partition at 1 MiB that holds the folder NAME. The
 * partition's file system alone is NAME.ext4. */
void disks_make(const char *name, const char *mke2fs_options);

void disks_remove(void);

#endif
