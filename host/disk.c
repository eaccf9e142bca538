/* SPDX-License-Identifier: ISC */
/*
 * Partition tables by libfdisk, what is in the partitions by libblkid. libfdisk reads much that no
 * kernel would use, so the bounds are looked at here.
 */
#include "host/disk.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"

enum { MBR_PROTECTIVE = 0xee, DISK_MIN = 2 * DISK_SECTOR };

const char *disk_part_name(unsigned number, char name[24])
{
	if (!number)
		return "the file system";
	snprintf(name, 24, "partition %u", number);
	return name;
}

const struct disk_part *disk_part(const struct disk *d, unsigned number)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->part[i].number == number)
			return &d->part[i];
	return NULL;
}

/* Text of a disk: what is not printable becomes '?'. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; from[n] && n + 1 < size; n++)
		to[n] = from[n] < ' ' || from[n] > '~' ? '?' : from[n];
	to[n] = '\0';
}

/* libblkid's value, "" when it has none. */
static void probe_text(blkid_probe pr, const char *name, char *buf, size_t size)
{
	const char *text;

	*buf = '\0';
	if (!blkid_probe_lookup_value(pr, name, &text, NULL))
		copy_text(buf, size, text);
}

static void probe_result(blkid_probe pr, struct disk_part *p)
{
	int r = blkid_do_safeprobe(pr);

	if (r == -2) { /* several at once */
		p->kind = DISK_OTHER;
		strcpy(p->fs_type, "ambiguous");
	}
	if (r)
		return;
	probe_text(pr, "TYPE", p->fs_type, sizeof(p->fs_type));
	probe_text(pr, "UUID", p->fs_uuid, sizeof(p->fs_uuid));
	probe_text(pr, "LABEL", p->fs_label, sizeof(p->fs_label));
	if (!strncmp(p->fs_type, "ext", 3) && strlen(p->fs_type) == 4)
		p->kind = DISK_EXT;
	else if (!strcmp(p->fs_type, "swap") || !strcmp(p->fs_type, "swsuspend"))
		p->kind = DISK_SWAP;
	else if (*p->fs_type)
		p->kind = DISK_OTHER;
}

/* Looks at what a partition holds. */
static int probe_part(int fd, struct disk_part *p)
{
	blkid_probe pr = blkid_new_probe();

	if (!pr)
		return -ENOMEM;
	if (!blkid_probe_set_device(pr, fd, (blkid_loff_t)p->start, (blkid_loff_t)p->bytes) &&
	    !blkid_probe_enable_superblocks(pr, 1) &&
	    !blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
							   BLKID_SUBLKS_LABEL))
		probe_result(pr, p);
	blkid_free_probe(pr);
	return 0;
}

static int bare_read(int fd, struct disk *d, char *why, size_t size)
{
	d->table = DISK_BARE;
	d->n = 1;
	d->part[0] = (struct disk_part){ .bytes = d->bytes };
	if (probe_part(fd, &d->part[0]))
		return -ENOMEM;
	if (d->part[0].kind != DISK_NONE)
		return 0;
	snprintf(why, size, "neither a partition table nor a file system is on it");
	return -EINVAL;
}

/* Where a partition lies, if libfdisk can say so and it is on the disk. */
static int part_place(struct fdisk_partition *pa, const struct disk *d, uint64_t sector,
		      struct disk_part *p, char *why, size_t size)
{
	uint64_t from, n;

	p->number = (unsigned)fdisk_partition_get_partno(pa) + 1;
	if (!fdisk_partition_has_start(pa) || !fdisk_partition_has_size(pa)) {
		snprintf(why, size, "partition %u has no place", p->number);
		return -EUCLEAN;
	}
	from = fdisk_partition_get_start(pa);
	n = fdisk_partition_get_size(pa);
	if (n && from && from < d->bytes / sector && n <= d->bytes / sector - from) {
		p->start = from * sector;
		p->bytes = n * sector;
		return 0;
	}
	snprintf(why, size,
		 "partition %u (%" PRIu64 " sectors from %" PRIu64
		 ") is not within the disk of %" PRIu64 " sectors: is the disk cut off?",
		 p->number, n, from, d->bytes / sector);
	return -EUCLEAN;
}

/* The disk identifier of an MBR makes the PARTUUID, as in the kernel's msdos_partition(). */
static void part_uuid(struct fdisk_context *cxt, struct fdisk_partition *pa, struct disk *d,
		      struct disk_part *p)
{
	const char *uuid = fdisk_partition_get_uuid(pa);
	char *id = NULL;

	if (d->table == DISK_GPT) {
		copy_text(p->uuid, sizeof(p->uuid), uuid ? uuid : "");
		for (char *c = p->uuid; *c; c++)
			*c = *c >= 'A' && *c <= 'Z' ? *c + 32 : *c;
	} else if (!fdisk_get_disklabel_id(cxt, &id) && id) {
		snprintf(p->uuid, sizeof(p->uuid), "%08lx-%02x", strtoul(id, NULL, 16), p->number);
	}
	free(id);
}

static void part_type(struct fdisk_partition *pa, struct disk_part *p)
{
	struct fdisk_parttype *type = fdisk_partition_get_type(pa);
	const char *guid = type ? fdisk_parttype_get_string(type) : NULL;

	if (guid)
		copy_text(p->type, sizeof(p->type), guid);
	else if (type)
		snprintf(p->type, sizeof(p->type), "%02x", fdisk_parttype_get_code(type));
}

static int part_add(struct fdisk_context *cxt, struct fdisk_partition *pa, struct disk *d,
		    char *why, size_t size)
{
	uint64_t sector = fdisk_get_sector_size(cxt);
	struct disk_part p = { 0 };
	int r;

	part_type(pa, &p);
	if (d->table == DISK_MBR && strtoul(p.type, NULL, 16) == MBR_PROTECTIVE) {
		snprintf(why, size, "its GPT is damaged; mend it with gdisk");
		return -EUCLEAN;
	}
	r = part_place(pa, d, sector, &p, why, size);
	if (r || fdisk_partition_is_container(pa))
		return r;
	if (d->n == DISK_PARTS_MAX) {
		snprintf(why, size, "it has more than %d partitions", DISK_PARTS_MAX);
		return -EUCLEAN;
	}
	p.active = d->table == DISK_MBR && fdisk_partition_is_bootable(pa);
	part_uuid(cxt, pa, d, &p);
	d->part[d->n++] = p;
	return 0;
}

static int parts_overlap(const struct disk *d, char *why, size_t size)
{
	for (size_t i = 0; i < d->n; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct disk_part *a = &d->part[j], *b = &d->part[i];

			if (a->start >= b->start + b->bytes || b->start >= a->start + a->bytes)
				continue;
			snprintf(why, size, "partitions %u and %u overlap", a->number, b->number);
			return -EUCLEAN;
		}
	}
	return 0;
}

static int table_read(struct fdisk_context *cxt, struct disk *d, char *why, size_t size)
{
	size_t room = fdisk_get_npartitions(cxt);
	int r = 0;

	d->table = fdisk_is_label(cxt, GPT) ? DISK_GPT : DISK_MBR;
	for (size_t i = 0; !r && i < room; i++) {
		struct fdisk_partition *pa = NULL;

		if (fdisk_get_partition(cxt, i, &pa))
			continue;
		if (fdisk_partition_is_used(pa))
			r = part_add(cxt, pa, d, why, size);
		fdisk_unref_partition(pa);
	}
	return r ? r : parts_overlap(d, why, size);
}

/* A partition table, if one is there: the first sector of a bare file system may end like an MBR,
 * but has no partitions. */
static int disk_read_table(struct disk *d, char *why, size_t size)
{
	struct fdisk_context *cxt = fdisk_new_context();
	int r;

	if (!cxt)
		return -ENOMEM;
	fdisk_disable_dialogs(cxt, 1);
	r = fdisk_assign_device(cxt, d->path, 1);
	if (!r) {
		if (fdisk_is_label(cxt, DOS) || fdisk_is_label(cxt, GPT))
			r = table_read(cxt, d, why, size);
		fdisk_deassign_device(cxt, 1);
	}
	fdisk_unref_context(cxt);
	return r > 0 ? -EINVAL : r;
}

static int disk_read_parts(int fd, struct disk *d, char *why, size_t size)
{
	int r = disk_read_table(d, why, size);

	if (!r && !d->n)
		return bare_read(fd, d, why, size);
	for (size_t i = 0; !r && i < d->n; i++)
		r = probe_part(fd, &d->part[i]);
	return r;
}

int disk_read(const char *path, struct disk *d, char *why, size_t size)
{
	int fd = -1, r = io_is_plain(path);
	off_t end;

	*why = '\0';
	*d = (struct disk){ .n = 0 };
	if (!r && snprintf(d->path, sizeof(d->path), "%s", path) >= (int)sizeof(d->path))
		r = -ENAMETOOLONG;
	if (!r && (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		r = -errno;
	if (!r && (end = lseek(fd, 0, SEEK_END)) < 0)
		r = -errno;
	if (!r && (d->bytes = (uint64_t)end) < DISK_MIN) {
		snprintf(why, size, "too short for a disk: %" PRIu64 " bytes", d->bytes);
		r = -EINVAL;
	}
	if (!r)
		r = disk_read_parts(fd, d, why, size);
	if (fd >= 0)
		close(fd);
	if (r && !*why)
		snprintf(why, size, "%s", r == -EINVAL ? "no disk" : strerror(-r));
	return r;
}
