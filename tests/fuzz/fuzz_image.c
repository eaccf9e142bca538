/* SPDX-License-Identifier: ISC */
/*
 * A small image with bytes of the input in it, at the places that the input says: whatever comes of
 * that, the checker ends, reports within its bounds, and an image that it finds unchanged has an
 * SBOM. The image has no checksums of metadata, so that changes get as far as they can.
 */
#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/image.h"
#include "host/image_check.h"
#include "host/proc.h"

enum {
	DISK = 2 << 20,
	CORE = 1024,
	EDIT = 5, /* bytes: offset, how it is taken, value */
	EDITS = 64
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char disk[64], whole[DISK];
static uint32_t used[DISK];
static size_t nused, manifest_at;
static int disk_fd;

static void check(int good)
{
	if (!good)
		abort();
}

/* A memory file under a name that programs can open. */
static int memory_file(char *path)
{
	int fd = memfd_create("fuzz", 0);

	check(fd >= 0);
	sprintf(path, "/proc/%d/fd/%d", getpid(), fd);
	return fd;
}

/* One active partition from IMAGE_PART_SECTOR to the end, and something in GRUB's place. */
static void make_boot(void)
{
	static char sector[IMAGE_SECTOR];
	uint32_t start = htole32(IMAGE_PART_SECTOR);
	uint32_t length = htole32(DISK / IMAGE_SECTOR - IMAGE_PART_SECTOR);

	check(ftruncate(disk_fd, DISK) == 0);
	memset(sector, 'G', 440);
	memset(sector + 446, 0, 64);
	sector[446] = (char)0x80;
	sector[450] = (char)0x83;
	memcpy(sector + 454, &start, 4);
	memcpy(sector + 458, &length, 4);
	memcpy(sector + 510, "\x55\xaa", 2);
	check(pwrite(disk_fd, sector, sizeof(sector), 0) == sizeof(sector));
	memset(sector, 'C', sizeof(sector));
	check(pwrite(disk_fd, sector, sizeof(sector), IMAGE_SECTOR) == sizeof(sector));
}

static void make_list(struct image_list *list, const char *content)
{
	struct image_entry entries[] = {
		{ .kind = IMAGE_DIR, .path = "/usr", .mode = 0755 },
		{ .kind = IMAGE_DIR, .path = "/usr/share", .mode = 0755 },
		{ .kind = IMAGE_DIR, .path = "/usr/share/xlab", .mode = 0755 },
		{ .kind = IMAGE_FILE, .path = "/init", .part = "init", .mode = 0755, .size = 6 },
		{ .kind = IMAGE_LINK, .path = "/short", .from = "init" },
		{ .kind = IMAGE_LINK,
		  .path = "/long",
		  .from = "/../../../../../../../../../../../../"
			  "../../../../../../../../../../init" },
	};

	strcpy(entries[3].from, content);
	check(!image_sha256(content, entries[3].sha256));
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		check(!image_list_add(list, &entries[i]));
}

/* Adds the manifest of what is in the list. */
static void add_manifest(struct image_list *list, int fd, const char *path)
{
	struct image_entry e = { .kind = IMAGE_FILE, .path = IMAGE_MANIFEST, .mode = 0644 };
	struct image_about about = { .flavour = "fuzz", .boot.core = CORE };
	char *text, why[128];

	check(!image_boot_hash(disk, &about.boot));
	check(!image_manifest(list, &about, &text, why, sizeof(why)));
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	free(text);
	strcpy(e.from, path);
	check(!image_list_add(list, &e));
}

/* Fills the disk's file system, and takes the checksums off it. */
static void make_content(const char *content, int manifest_fd, const char *manifest)
{
	char at[96], why[512];
	const char *const plain[] = { "tune2fs", "-O", "^metadata_csum", at, NULL };
	struct image_list list = { 0 };

	make_list(&list, content);
	add_manifest(&list, manifest_fd, manifest);
	check(!image_ext4_write(disk, DISK, &list, 0, why, sizeof(why)));
	image_list_free(&list);
	snprintf(at, sizeof(at), "%s?offset=%d", disk, IMAGE_PART_OFFSET);
	check(!proc_run(plain, &(struct proc_opts){ .out = PROC_NULL, .err = PROC_NULL }));
}

/* Notes which bytes of the file system are not zero, and where the manifest is. */
static void find_places(void)
{
	char *found = memmem(whole, DISK, "{\n \"boot\"", 9);

	check(found != NULL);
	manifest_at = (size_t)(found - whole);
	for (size_t i = IMAGE_PART_OFFSET; i < DISK; i++)
		if (whole[i])
			used[nused++] = (uint32_t)i;
	check(nused > 0);
}

/* Where an edit goes: into the superblock, the manifest, where something is, or anywhere. */
static size_t place(const uint8_t *edit)
{
	size_t offset = (size_t)edit[0] | (size_t)edit[1] << 8 | (size_t)edit[2] << 16;

	switch (edit[3] & 3) {
	case 1: return IMAGE_PART_OFFSET + 1024 + offset % 1024;
	case 2: return used[offset % nused];
	case 3: return manifest_at + offset % 1024;
	default: return offset % DISK;
	}
}

/* Returns whether the image is as its manifest says. */
static int check_disk(void)
{
	struct image_check c;
	int r = image_check(disk, &c), same = !r && !c.differences;
	char *text;

	check(r == 0 || r == -EINVAL || r == -ENOENT || r == -EPROTO || r == -EFBIG ||
	      r == -EISDIR || r == -EIO || r == -ENOMEM || r == -ELOOP || r == -ENOTDIR);
	check(memchr(c.first, '\0', sizeof(c.first)) && (!c.differences || *c.first));
	if (!r) {
		json_t *sizes = image_sizes(&c);

		check(sizes && json_is_integer(json_object_get(sizes, "whole")));
		json_decref(sizes);
	}
	if (!r && !c.differences) {
		check(c.files == 2 && c.links == 2 && c.dirs == 5);
		check(!image_spdx(&c, &text));
		free(text);
	}
	image_check_free(&c);
	return same;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char content[64], manifest[64];
	int content_fd = memory_file(content), manifest_fd = memory_file(manifest);

	(void)argc, (void)argv;
	disk_fd = memory_file(disk);
	check(write(content_fd, "init!\n", 6) == 6);
	make_boot();
	make_content(content, manifest_fd, manifest);
	check(pread(disk_fd, whole, DISK, 0) == DISK);
	find_places();
	close(content_fd);
	close(manifest_fd);
	check(check_disk());
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n = size / EDIT < EDITS ? size / EDIT : EDITS;

	for (size_t i = 0; i < n; i++)
		check(pwrite(disk_fd, data + i * EDIT + 4, 1, (off_t)place(data + i * EDIT)) == 1);
	check_disk();
	for (size_t i = 0; i < n; i++) {
		size_t at = place(data + i * EDIT);

		check(pwrite(disk_fd, whole + at, 1, (off_t)at) == 1);
	}
	return 0;
}
