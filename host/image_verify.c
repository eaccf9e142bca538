/* SPDX-License-Identifier: ISC */
/*
 * Walks an image's file system and ticks off what its manifest names. A folder is entered only when
 * the manifest names it, and only once, so a file system that runs in circles ends too.
 */
#include "host/image_check.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <inttypes.h>
#include <jansson.h>
#include <sha1.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/image.h"
#include "host/disk_fs.h"
#include "host/image_fs.h"

enum { FIRST_DIFFERENCES = 3, MET_MAX = 1 << 20, TARGET_MAX = 4095, SHA256_HEX = 64 };

struct walk {
	ext2_filsys fs;
	struct image_check *c;
	json_t *want; /* path: entry, of what has not been met */
	char path[sizeof(((struct image_entry *)0)->path)];
	size_t len;
	unsigned met;
};

const char *image_check_str(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

__attribute__((format(printf, 2, 3))) static void differ(struct image_check *c, const char *fmt,
							 ...)
{
	size_t len = strlen(c->first);
	va_list ap;

	if (c->differences++ >= FIRST_DIFFERENCES)
		return;
	if (len && len + 2 < sizeof(c->first)) {
		strcpy(c->first + len, "; ");
		len += 2;
	}
	va_start(ap, fmt);
	vsnprintf(c->first + len, sizeof(c->first) - len, fmt, ap);
	va_end(ap);
}

/* The form of the manifest: what is read of it later is there and in bounds. */

static bool is_hash(const json_t *object, const char *key)
{
	const char *s = image_check_str(object, key);

	return strlen(s) == SHA256_HEX && strspn(s, "0123456789abcdef") == SHA256_HEX;
}

static bool parse_mode(const json_t *e, unsigned *mode)
{
	const char *s = image_check_str(e, "mode");

	*mode = (unsigned)strtoul(s, NULL, 8);
	return strlen(s) == 4 && strspn(s, "01234567") == 4;
}

static const char *entry_path(const json_t *e)
{
	static const char *const kinds[] = { "file", "dir", "link" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (*image_check_str(e, kinds[i]) == '/')
			return image_check_str(e, kinds[i]);
	return "";
}

/* Adds it to what is wanted and takes its size from what the disk can hold. */
static bool want_add(json_t *want, json_t *e, int64_t *room)
{
	const char *path = entry_path(e);
	unsigned mode;

	if (!*path || strlen(path) >= sizeof(((struct walk *)0)->path) ||
	    json_object_get(want, path))
		return false;
	if (*image_check_str(e, "link"))
		return *image_check_str(e, "target") && !json_object_set(want, path, e);
	if (!parse_mode(e, &mode))
		return false;
	if (*image_check_str(e, "file")) {
		json_int_t size = json_integer_value(json_object_get(e, "size"));

		if (!json_is_integer(json_object_get(e, "size")) || size < 0 || size > *room ||
		    !is_hash(e, "sha256") || !*image_check_str(e, "part"))
			return false;
		*room -= size;
	}
	return !json_object_set(want, path, e);
}

/* Its own entry, which it cannot have. */
static json_t *own_entry(const struct image_check *c)
{
	return json_pack("{ss ss ss sI ss}", "file", IMAGE_MANIFEST, "part", "manifest", "mode",
			 "0644", "size", (json_int_t)c->size, "sha256", c->sha256);
}

static bool manifest_want(struct image_check *c, int64_t room, json_t *want)
{
	json_t *own = own_entry(c), *files = json_object_get(c->manifest, "files"), *e;
	bool good = want_add(want, own, &room);
	size_t i;

	json_decref(own);
	json_array_foreach(files, i, e) good = good && want_add(want, e, &room);
	return good;
}

static bool manifest_lists(const json_t *manifest)
{
	static const char *const names[] = { "inputs", "sources", "components" };
	const json_t *list, *e;
	size_t i;

	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
		list = json_object_get(manifest, names[n]);
		if (!json_is_array(list))
			return false;
		json_array_foreach(list, i, e) if (!json_is_object(e)) return false;
	}
	return json_is_object(json_object_get(manifest, "tools"));
}

/* Reads it and its form; want is what it names. */
static int manifest_parse(struct image_check *c, const char *text, int64_t room, json_t *want)
{
	json_error_t error;
	json_t *boot;

	c->manifest = json_loadb(text, c->size, JSON_REJECT_DUPLICATES, &error);
	if (!c->manifest) {
		snprintf(c->first, sizeof(c->first), "line %d: %.160s", error.line, error.text);
		return -EPROTO;
	}
	if (json_integer_value(json_object_get(c->manifest, "manifest")) !=
	    IMAGE_MANIFEST_VERSION) {
		snprintf(c->first, sizeof(c->first), "it is of another version of xlab");
		return -EPROTO;
	}
	boot = json_object_get(c->manifest, "boot");
	snprintf(c->first, sizeof(c->first), "something that it should have is missing or wrong");
	if (!is_hash(boot, "sha256") || !is_hash(boot, "core_sha256") ||
	    !manifest_lists(c->manifest) || !json_is_array(json_object_get(c->manifest, "files")) ||
	    !manifest_want(c, room, want))
		return -EPROTO;
	*c->first = '\0';
	return 0;
}

/* What is on the disk. */

/* Hashes the file, which has that size. NULL, or what is wrong. */
static const char *check_content(struct walk *w, ext2_ino_t ino, json_t *e)
{
	static char buf[65536];
	char hex[SHA256_HEX + 1], sha1[SHA1_DIGEST_STRING_LENGTH];
	uint64_t left = (uint64_t)json_integer_value(json_object_get(e, "size"));
	unsigned got = 1;
	ext2_file_t file;
	SHA2_CTX s256;
	SHA1_CTX s1;
	errcode_t err = ext2fs_file_open(w->fs, ino, 0, &file);

	if (err)
		return "cannot be read";
	SHA256Init(&s256);
	SHA1Init(&s1);
	for (; !err && got && left; left -= got) {
		err = ext2fs_file_read(file, buf, sizeof(buf), &got);
		got = got > left ? (unsigned)left : got;
		SHA256Update(&s256, (uint8_t *)buf, err ? 0 : got);
		SHA1Update(&s1, (uint8_t *)buf, err ? 0 : got);
	}
	ext2fs_file_close(file);
	if (err || left)
		return "cannot be read";
	SHA256End(&s256, hex);
	SHA1End(&s1, sha1);
	json_object_set_new(w->c->sha1, w->path, json_string(sha1));
	return strcmp(hex, image_check_str(e, "sha256")) ? "has another SHA-256" : NULL;
}

/* Targets of less than 60 bytes are in the inode: ext4, "Symbolic Links". */
static const char *check_target(struct walk *w, ext2_ino_t ino, struct ext2_inode *inode,
				const json_t *e)
{
	const char *target = image_check_str(e, "target");
	char buf[TARGET_MAX + 1];
	unsigned got = 0;
	ext2_file_t file;
	errcode_t err = 0;

	if (inode->i_size != strlen(target) || inode->i_size > TARGET_MAX)
		return "points elsewhere";
	if (ext2fs_is_fast_symlink(inode)) {
		got = inode->i_size < sizeof(inode->i_block) ? inode->i_size : 0;
		memcpy(buf, inode->i_block, got);
	} else if (!(err = ext2fs_file_open(w->fs, ino, 0, &file))) {
		err = ext2fs_file_read(file, buf, inode->i_size, &got);
		ext2fs_file_close(file);
	}
	if (err)
		return "cannot be read";
	return got == strlen(target) && !memcmp(buf, target, got) ? NULL : "points elsewhere";
}

static const char *check_attributes(struct walk *w, ext2_ino_t ino)
{
	struct ext2_xattr_handle *h;
	size_t n = 0;
	errcode_t err = ext2fs_xattrs_open(w->fs, ino, &h);

	if (err)
		return "cannot be read";
	err = ext2fs_xattrs_read(h);
	if (!err)
		err = ext2fs_xattrs_count(h, &n);
	ext2fs_xattrs_close(&h);
	if (err)
		return "cannot be read";
	return n ? "has extended attributes" : NULL;
}

static const char *check_inode(struct walk *w, ext2_ino_t ino, struct ext2_inode *inode, json_t *e)
{
	bool dir = S_ISDIR(inode->i_mode), link = S_ISLNK(inode->i_mode);
	const char *wrong, *kind = dir ? "dir" : link ? "link" : "file";
	unsigned mode;

	if ((!dir && !link && !S_ISREG(inode->i_mode)) || !*image_check_str(e, kind))
		return "is of another kind";
	if (inode_uid(*inode) || inode_gid(*inode))
		return "does not belong to root";
	if (!link && (!parse_mode(e, &mode) || mode != (inode->i_mode & 07777U)))
		return "has another mode";
	wrong = check_attributes(w, ino);
	if (wrong || dir)
		return wrong;
	if (link)
		return check_target(w, ino, inode, e);
	if (EXT2_I_SIZE(inode) != (uint64_t)json_integer_value(json_object_get(e, "size")))
		return "has another size";
	return check_content(w, ino, e);
}

static void walk_dir(struct walk *w, ext2_ino_t ino);

/* What is at w->path. */
static void walk_met(struct walk *w, ext2_ino_t ino)
{
	const char *path = w->len ? w->path : "/", *wrong = "cannot be read";
	json_t *e = json_incref(json_object_get(w->want, path));
	struct ext2_inode inode;

	if (!e) {
		differ(w->c, "%s is not in it", path);
		return;
	}
	json_object_del(w->want, path);
	if (!ext2fs_read_inode(w->fs, ino, &inode))
		wrong = check_inode(w, ino, &inode, e);
	json_decref(e);
	if (wrong)
		differ(w->c, "%s %s", path, wrong);
	else if (S_ISDIR(inode.i_mode)) {
		w->c->dirs++;
		walk_dir(w, ino);
	} else {
		*(S_ISLNK(inode.i_mode) ? &w->c->links : &w->c->files) += 1;
	}
}

static int walk_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *d, int offset,
		      int blocksize, char *buf, void *arg)
{
	struct walk *w = arg;
	size_t n = (size_t)ext2fs_dirent_name_len(d), len = w->len;

	(void)dir, (void)offset, (void)blocksize, (void)buf;
	if (++w->met > MET_MAX)
		return DIRENT_ABORT;
	if (entry != DIRENT_OTHER_FILE || !d->inode)
		return 0;
	if (len + 1 + n >= sizeof(w->path) || memchr(d->name, '\0', n)) {
		differ(w->c, "%.64s/%.*s... is not in it", w->path, (int)(n < 64 ? n : 64),
		       d->name);
		return 0;
	}
	w->path[len] = '/';
	memcpy(w->path + len + 1, d->name, n);
	w->len = len + 1 + n;
	w->path[w->len] = '\0';
	walk_met(w, d->inode);
	w->len = len;
	w->path[len] = '\0';
	return 0;
}

static void walk_dir(struct walk *w, ext2_ino_t ino)
{
	if (ext2fs_dir_iterate2(w->fs, ino, DIRENT_FLAG_INCLUDE_EMPTY, NULL, walk_entry, w))
		differ(w->c, "%s/ cannot be read", w->path);
}

static void check_boot(const char *disk, struct image_check *c)
{
	const json_t *want = json_object_get(c->manifest, "boot");
	json_int_t core = json_integer_value(json_object_get(want, "core"));
	struct image_boot boot = { .core = core > 0 ? (size_t)core : 0 };

	if (image_boot_hash(disk, &boot))
		differ(c, "GRUB cannot be read");
	else if (strcmp(boot.sha256, image_check_str(want, "sha256")) != 0)
		differ(c, "the boot sector has another SHA-256");
	else if (strcmp(boot.core_sha256, image_check_str(want, "core_sha256")) != 0)
		differ(c, "GRUB's core image has another SHA-256");
}

static void check_all(const char *disk, struct walk *w)
{
	const char *path;
	json_t *e;

	check_boot(disk, w->c);
	walk_met(w, EXT2_ROOT_INO);
	if (w->met > MET_MAX)
		differ(w->c, "a folder has no end");
	json_object_foreach(w->want, path, e) differ(w->c, "%s is missing", path);
}

int image_check(const char *disk, struct image_check *c)
{
	struct walk w = { .c = c, .want = json_object() };
	struct disk_fs *fs;
	size_t size;
	char *text;
	int r;

	*c = (struct image_check){ .sha1 = json_object() };
	r = image_read(disk, IMAGE_MANIFEST, IMAGE_MANIFEST_MAX, &text, &size);
	if (!r) {
		c->size = size;
		SHA256Data((uint8_t *)text, size, c->sha256);
		r = image_open(disk, &fs);
		if (!r) {
			int64_t room;

			w.fs = fs->fs;
			room = (int64_t)ext2fs_blocks_count(w.fs->super) * w.fs->blocksize;
			r = manifest_parse(c, text, room, w.want);
			if (!r)
				check_all(disk, &w);
			disk_fs_close(fs);
		}
		free(text);
	}
	json_decref(w.want);
	return r;
}

void image_check_free(struct image_check *c)
{
	json_decref(c->manifest);
	json_decref(c->sha1);
	*c = (struct image_check){ 0 };
}
