/* SPDX-License-Identifier: ISC */
#include "host/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/disk.h"
#include "host/disk_id.h"
#include "host/image.h"
#include "host/keys.h"
#include "host/payload.h"

/* Reads the image's kernel command line: one line, printable, without quotes. */
static int read_cmdline(struct setup *s)
{
	char *text;
	size_t len;
	int r = image_read(s->desc.disk, "/boot/cmdline", sizeof(s->cmdline) - 1, &text, &len);

	if (r)
		return r;
	text[strcspn(text, "\n")] = '\0';
	for (char *c = text; *c; c++)
		if (*c < 0x20 || *c == 0x7f || *c == '"' || *c == '\\')
			r = -EINVAL;
	if (!r)
		strcpy(s->cmdline, text);
	free(text);
	return r;
}

/* Where there is one. */
static int copy_ramdisk(struct setup *s)
{
	int r = image_extract_to(s->desc.disk, "/boot/initrd.img", s->ramdisk);

	if (r != -ENOENT)
		return r;
	unlink(s->ramdisk);
	s->ramdisk[0] = '\0';
	return 0;
}

static int setup_disk(struct setup *s)
{
	int r = image_fs_uuid(s->desc.disk, s->fs_uuid);

	if (!r)
		r = read_cmdline(s);
	if (!r)
		r = image_extract_to(s->desc.disk, "/boot/vmlinuz", s->kernel);
	if (!r)
		r = copy_ramdisk(s);
	s->boot = (struct domain_boot){
		.kernel = s->kernel,
		.ramdisk = s->ramdisk[0] ? s->ramdisk : NULL,
		.cmdline = s->cmdline,
		.fs_uuid = s->fs_uuid,
	};
	return r;
}

/* Makes the name of a disk absolute: xl and its helpers run elsewhere. An exit status. */
static int setup_name(const char *disk, char path[PATH_MAX])
{
	if (!realpath(disk, path))
		return cmd_fail(-errno, disk);
	if (!strpbrk(path, "'\"\\\n"))
		return EXIT_OK;
	log_warnx("%s: xl.cfg(5) has no way to write such a name", disk);
	return EXIT_USAGE;
}

/* The disk and the folder. An exit status. */
static int setup_paths(struct setup *s, const char *disk, const char *dir)
{
	char path[PATH_MAX];
	int r;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return cmd_fail(-errno, dir);
	if (!realpath(dir, s->dir))
		return cmd_fail(-errno, dir);
	if (strpbrk(s->dir, "'\"\\\n")) {
		log_warnx("%s: xl.cfg(5) has no way to write such a name", dir);
		return EXIT_USAGE;
	}
	r = setup_name(disk, path);
	if (r)
		return r;
	strcpy(s->desc.disk, path);
	if ((size_t)snprintf(s->kernel, sizeof(s->kernel), "%s/vmlinuz", s->dir) >=
		    sizeof(s->kernel) ||
	    (size_t)snprintf(s->ramdisk, sizeof(s->ramdisk), "%s/initrd.img", s->dir) >=
		    sizeof(s->ramdisk))
		return cmd_fail(-ENAMETOOLONG, dir);
	return EXIT_OK;
}

/* What no lock of this host prevents, the guest's own kernel does, if its ext4 has mmp. What else
 * the disk may hold is the guest's business. */
void setup_warn(const struct setup *s)
{
	const char *scratch = s->desc.scratch;
	static struct disk d;
	char why[DISK_WHY];
	struct disk_super super;
	struct disk_fs *fs;

	if (!*scratch || disk_read(scratch, &d, why, sizeof(why)))
		return;
	for (size_t i = 0; i < d.n; i++) {
		if (strcmp(d.part[i].fs_type, "ext4") ||
		    disk_fs_open(&d, &d.part[i], false, &fs, why, sizeof(why)))
			continue;
		disk_fs_super(fs, &super);
		disk_fs_close(fs);
		if (super.mmp)
			continue;
		log_warnx("%s: ext4 without mmp: another host may mount it too; tune2fs -O mmp",
			  scratch);
		return;
	}
}

/* A guest that wrote to what it runs from would change what is measured. An exit status. */
static int setup_scratch(struct setup *s)
{
	char path[PATH_MAX];
	struct disk_id disk, scratch;
	int r;

	if (!s->desc.scratch[0])
		return EXIT_OK;
	r = setup_name(s->desc.scratch, path);
	if (r)
		return r;
	if (io_is_plain(path)) {
		log_warnx("%s: a scratch disk is a file or a block device", path);
		return EXIT_USAGE;
	}
	if ((r = disk_id_get(s->desc.disk, &disk)) || (r = disk_id_get(path, &scratch)))
		return cmd_fail(r, path);
	if (disk_id_overlaps(&disk, &scratch)) {
		log_warnx("%s: the scratch disk is the disk itself", path);
		return EXIT_USAGE;
	}
	strcpy(s->desc.scratch, path);
	return EXIT_OK;
}

/* Whether there is anything to boot on somebody else's disk. An exit status. */
static int check_foreign(const char *path)
{
	static struct disk disk;
	char why[DISK_WHY];
	int r = disk_read(path, &disk, why, sizeof(why));

	if (!r)
		return EXIT_OK;
	log_warnx("%s: %s", path, why);
	return r == -EINVAL || r == -EUCLEAN ? EXIT_USAGE : EXIT_SYSTEM;
}

/* One payload: its name is not among those before it. An exit status. */
static int setup_payload(struct setup *s, unsigned i, char names[][PAYLOAD_NAME_MAX + 1])
{
	char path[PATH_MAX];
	struct disk_id disk, scratch;
	struct payload p;
	int r = setup_name(s->desc.payload[i], path);

	if (r)
		return r;
	r = payload_open(path, &p);
	if (r && r != -EINVAL)
		return cmd_fail(r, path);
	payload_close(&p);
	if (r || !p.name[0]) {
		log_warnx("%s: not a payload of `xlab payload build`", path);
		return EXIT_USAGE;
	}
	strcpy(names[i], p.name);
	for (unsigned j = 0; j < i; j++)
		if (!strcmp(names[j], names[i])) {
			log_warnx("%s: another payload of this guest is named %s", path, p.name);
			return EXIT_USAGE;
		}
	if (s->desc.scratch[0] && !disk_id_get(path, &disk) &&
	    !disk_id_get(s->desc.scratch, &scratch) && disk_id_overlaps(&disk, &scratch)) {
		log_warnx("%s: is the scratch disk already", path);
		return EXIT_USAGE;
	}
	strcpy(s->desc.payload[i], path);
	return EXIT_OK;
}

static int setup_payloads(struct setup *s)
{
	char names[DOMAIN_PAYLOADS][PAYLOAD_NAME_MAX + 1];
	int r = EXIT_OK;

	for (unsigned i = 0; !r && i < s->desc.npayloads; i++)
		r = setup_payload(s, i, names);
	return r;
}

/* Whose disk it is decides how it boots and whether the guest may write it. An exit status. */
static int setup_boot(struct setup *s, enum setup_how how)
{
	int r = setup_disk(s);
	bool ours = !r, foreign = r == -ENOENT || r == -EINVAL;

	if (ours && how != SETUP_PYGRUB)
		return EXIT_OK;
	if ((ours || foreign) && how != SETUP_DIRECT) {
		s->desc.writable = foreign;
		s->boot.kernel = NULL;
		return foreign ? check_foreign(s->desc.disk) : EXIT_OK;
	}
	if (!foreign)
		return cmd_fail(r, r == -EIO ? s->desc.disk : s->dir);
	log_warnx("%s: not an image of `xlab image build`", s->desc.disk);
	return EXIT_USAGE;
}

int setup_make(struct setup *s, const char *dir, enum setup_how how)
{
	char disk[PATH_MAX];
	int r;

	strcpy(disk, s->desc.disk);
	r = setup_paths(s, disk, dir);
	if (!r)
		r = setup_scratch(s);
	if (!r)
		r = setup_payloads(s);
	if (!r && s->desc.ssh_keys[0])
		r = keys_read(s->desc.ssh_keys, s->ssh_keys);
	return r ? r : setup_boot(s, how);
}

int setup_open(struct setup *s, const char *desc, const char *disk, const char *dir)
{
	char why[128];
	int r;

	*s = (struct setup){ 0 };
	r = domain_read(desc, &s->desc, why, sizeof(why));
	if (r) {
		log_warnx("%s: %s", desc, why);
		return EXIT_USAGE;
	}
	if (disk) {
		const char *wrong = domain_set(&s->desc, "disk", disk);

		if (wrong) {
			log_warnx("%s: %s", disk, wrong);
			return EXIT_USAGE;
		}
	}
	r = setup_make(s, dir, SETUP_DIRECT);
	if (!r)
		setup_warn(s);
	return r;
}

int setup_write(const struct setup *s, enum mode mode)
{
	char text[(5 + DOMAIN_PAYLOADS) * PATH_MAX], path[PATH_MAX + 16];
	int n = domain_render(&s->desc, &s->boot, mode, text, sizeof(text));

	if (n < 0)
		return n;
	snprintf(path, sizeof(path), "%s/%s", s->dir, domain_config_name(mode));
	return io_replace_file(path, text, (size_t)n);
}

int setup_tell(const struct setup *s, struct source *src, enum mode mode,
	       const struct setup_run *run)
{
	const struct {
		unsigned key;
		const char *val;
	} keys[] = {
		{ XPK_MODE, mode_name(mode) },
		{ XPK_WORKLOAD, s->desc.workload },
		{ XPK_SIZE, s->desc.size },
		{ XPK_IMAGE, run->image },
		{ XPK_WARMUPS, run->warmups },
		{ XPK_REPETITIONS, run->repetitions },
		{ XPK_BARRIER, run->barrier },
		{ XPK_SYNC, run->sync },
		{ XPK_NET, s->desc.network },
		{ XPK_SSH_KEYS, s->ssh_keys },
		{ XPK_RUN, run->run }, /* the last: the guest waits for it */
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].val[0])
			r = src->put(src, keys[i].key, keys[i].val, strlen(keys[i].val));
	return r;
}

int setup_fail(const struct setup *s, enum mode mode, int err)
{
	if (err != -E2BIG)
		return cmd_fail(err, domain_config_name(mode));
	log_warnx("%s: has room for %u payload disks in this guest, not %u", mode_name(mode),
		  domain_payload_room(&s->desc, mode), s->desc.npayloads);
	return EXIT_USAGE;
}
