/* SPDX-License-Identifier: ISC */
/*
 * A disk that forgets and fails: a SQLite VFS over the one that there is (sqlite.org/vfs.html). It
 * writes down whatever changes a file, so that the disk can be had as a power cut after any of
 * these steps would have left it: what was synced, and any of the sectors that were not. It can
 * also let a step fail, and do without shared memory, as 9p does.
 */
#ifndef TESTS_UNIT_VFS_CRASH_H
#define TESTS_UNIT_VFS_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vfs_memory {
	VFS_SHARED, /* write-ahead logs work */
	VFS_NO_SHM, /* files have no shared memory at all: SQLite stays with its journal */
	VFS_BAD_SHM /* they have, and it fails, as mmap(2) does on 9p */
};

/* Becomes the default VFS, with an empty memory; vfs_crash_end() gives back the one before. */
void vfs_crash_begin(enum vfs_memory memory);
void vfs_crash_end(void);

/* Steps so far: a file made or deleted, bytes written, a size set, a sync. */
size_t vfs_crash_steps(void);

/* From the step of that number on (0: never) every step fails with that SQLite code, n times. */
void vfs_crash_fail(size_t step, int code, size_t n);

/* Whether a step has failed since vfs_crash_fail(). */
bool vfs_crash_has_failed(void);

/*
 * Writes dir's files as a power cut after that many steps leaves them. seed 0: nothing is kept that
 * was not synced; else a subset of it that depends on seed, a sector of 512 bytes, a size, a name
 * at a time. Other files of dir are deleted.
 */
void vfs_crash_restore(const char *dir, size_t steps, uint32_t seed);

#endif
