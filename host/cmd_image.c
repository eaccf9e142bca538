/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_image.h"
#include "host/cmd_image_lint.h"
#include "host/image.h"

static const char usage[] =
	"usage: xlab image build [--size MIB] [--flavour NAME] [--without PART]... [--used PART=FILE]...\n"
	"                        [--input FILE]... [--tools FILE] [--components FILE]\n"
	"                        --list FILE... --grub DIR --out DISK\n"
	"       xlab image inspect [--json | --spdx] DISK\n"
	"       xlab image size [--json] [--budget FILE] DISK\n"
	"       xlab image extract DISK PATH FILE\n"
	"       xlab image lint [--mode MODE] [--json] DISK | CFG...\n"
	"       xlab image adopt [--in-place | --out DISK2] [--out-dir DIR] [--no-mmp] DISK\n"
	"       xlab image install [--size MIB] [--force] [--json] DISK TARGET\n"
	"       xlab image wrap [OPTION]... PV-VOLUME --out BOOT-DISK\n"
	"\n"
	"build    makes a bootable disk of what the lists name; `make image` calls it\n"
	"inspect  compares the image with the manifest that it carries, and prints that\n"
	"size     prints where its bytes go\n"
	"extract  copies a file out of the image, without mounting it\n"
	"lint     says what stops anybody's disk from booting, mode by mode, and how to mend it\n"
	"adopt    mends that, on a copy, and writes the configs of every mode\n"
	"install  puts a disk on a file or a block device, grown to fit\n"
	"wrap     makes a PV root volume bootable by firmware, with a second, small disk\n";

enum { FILES_MAX = 64, SIZE_DEFAULT_MIB = 32, SIZE_MAX_MIB = 65536 };

/* Values of an option that may be given often. */
struct names {
	const char *name[FILES_MAX];
	size_t n;
};

struct build {
	struct names list, used, input, without;
	const char *grub, *out;
	unsigned long mib;
	struct image_about about;
	struct image_list entries;
	bool made;    /* the file that becomes out */
	int manifest; /* a descriptor */
};

static int build_read_lists(struct build *b)
{
	char why[128];

	for (size_t i = 0; i < b->list.n; i++) {
		int r = image_list_read(b->list.name[i], &b->entries, why, sizeof(why));

		if (!r)
			continue;
		log_warnx("%s: %s", b->list.name[i], why);
		return r == -ENOMEM ? EXIT_SYSTEM : EXIT_USAGE;
	}
	for (size_t i = 0; i < b->without.n; i++) {
		if (image_list_drop(&b->entries, b->without.name[i]))
			continue;
		log_warnx("image build: --without %s: the lists have no such part",
			  b->without.name[i]);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* Adds the manifest, a file without a name, as the last one. */
static int build_add_manifest(struct build *b)
{
	struct image_entry e = { .kind = IMAGE_FILE, .path = IMAGE_MANIFEST, .mode = 0644 };
	char *text, why[256];
	int r = image_manifest(&b->entries, &b->about, &text, why, sizeof(why));

	if (r)
		return cmd_fail(r, why);
	b->manifest = memfd_create("manifest", MFD_CLOEXEC);
	r = b->manifest < 0 ? -errno : io_write_all(b->manifest, text, strlen(text));
	free(text);
	snprintf(e.from, sizeof(e.from), "/proc/self/fd/%d", b->manifest);
	if (!r)
		r = image_list_add(&b->entries, &e);
	return r ? cmd_fail(r, "the manifest") : EXIT_OK;
}

/* Hashes every file of the list. */
static int build_hash(struct build *b)
{
	for (size_t i = 0; i < b->entries.n; i++) {
		struct image_entry *e = &b->entries.entry[i];
		struct stat st;
		int r;

		if (e->kind != IMAGE_FILE)
			continue;
		r = image_sha256(e->from, e->sha256);
		if (!r && stat(e->from, &st) < 0)
			r = -errno;
		if (r)
			return cmd_fail(r, e->from);
		e->size = (uint64_t)st.st_size;
	}
	return EXIT_OK;
}

/* Makes the file with the partition table and GRUB, for the manifest names their hashes. */
static int build_boot(struct build *b, const char *disk)
{
	uint64_t bytes = (uint64_t)b->mib << 20;
	int fd = open(disk, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644), r;

	if (fd < 0)
		return cmd_fail(-errno, disk);
	b->made = true;
	r = posix_fallocate(fd, 0, (off_t)bytes);
	close(fd);
	if (r)
		return cmd_fail(-r, disk);
	r = image_boot_write(disk, bytes, b->grub, &b->about.boot.core);
	if (!r)
		r = image_boot_hash(disk, &b->about.boot);
	return r ? cmd_fail(r, b->grub) : EXIT_OK;
}

static int build_content(struct build *b, const char *disk)
{
	char why[512];
	int fd, r = image_ext4_write(disk, (uint64_t)b->mib << 20, &b->entries, b->about.epoch, why,
				     sizeof(why));

	if (r) {
		log_warnx("cannot put %s into the image: %s", why, strerror(-r));
		return r == -ENOSPC ? EXIT_USAGE : cmd_image_status(r); /* the file has its bytes */
	}
	fd = open(disk, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r ? cmd_fail(r, disk) : EXIT_OK;
}

static int build_disk(struct build *b, const char *disk)
{
	int r = build_boot(b, disk);

	if (!r)
		r = build_add_manifest(b);
	if (!r)
		r = build_content(b, disk);
	if (!r && rename(disk, b->out) < 0)
		r = cmd_fail(-errno, b->out);
	if (r && b->made)
		unlink(disk);
	return r;
}

/* All is made under other names first: a failure leaves an older image as it was. */
static int build_all(struct build *b)
{
	char disk[4096];
	struct stat st;
	int r;

	if (!stat(b->out, &st) && !S_ISREG(st.st_mode)) {
		log_warnx("%s: is not a file (xlab image install writes devices)", b->out);
		return EXIT_USAGE;
	}
	if (snprintf(disk, sizeof(disk), "%s.%d.new", b->out, getpid()) >= (int)sizeof(disk))
		return cmd_fail(-ENAMETOOLONG, b->out);
	b->about.used = b->used.name;
	b->about.nused = b->used.n;
	b->about.input = b->input.name;
	b->about.ninput = b->input.n;
	r = build_read_lists(b);
	if (!r)
		r = build_hash(b);
	if (!r)
		r = build_disk(b, disk);
	image_list_free(&b->entries);
	return r;
}

static int names_add(struct names *names, const char *name)
{
	if (names->n == FILES_MAX) {
		log_warnx("image build: %s: more than %d of its kind", name, FILES_MAX);
		return -E2BIG;
	}
	names->name[names->n++] = name;
	return 0;
}

static int parse_mib(const char *s, unsigned long *mib)
{
	char *end;

	*mib = strtoul(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && *mib >= 4 && *mib <= SIZE_MAX_MIB ? 0 : -EINVAL;
}

/* Takes an option that stands for itself; -EINVAL when it is of no such kind or bad. */
static int build_option(struct build *b, int c, const char *value)
{
	switch (c) {
	case 'l': return names_add(&b->list, value);
	case 'u': return names_add(&b->used, value);
	case 'i': return names_add(&b->input, value);
	case 'w': return names_add(&b->without, value);
	case 'g': b->grub = value; return 0;
	case 'o': b->out = value; return 0;
	case 'f': b->about.flavour = value; return 0;
	case 't': b->about.tools = value; return 0;
	case 'c': b->about.components = value; return 0;
	}
	if (parse_mib(value, &b->mib)) {
		log_warnx("image build: --size takes 4 to %d MiB", SIZE_MAX_MIB);
		return -EINVAL;
	}
	return 0;
}

static int image_build(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", required_argument, NULL, 'l' },
		{ "grub", required_argument, NULL, 'g' },
		{ "out", required_argument, NULL, 'o' },
		{ "size", required_argument, NULL, 's' },
		{ "flavour", required_argument, NULL, 'f' },
		{ "without", required_argument, NULL, 'w' },
		{ "used", required_argument, NULL, 'u' },
		{ "input", required_argument, NULL, 'i' },
		{ "tools", required_argument, NULL, 't' },
		{ "components", required_argument, NULL, 'c' },
		{ 0 },
	};
	struct build b = { .mib = SIZE_DEFAULT_MIB, .about.flavour = "full" };
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		if (c == CMD_HELP)
			return EXIT_OK;
		if (c == CMD_BAD || build_option(&b, c, optarg))
			return EXIT_USAGE;
	}
	if (optind < argc || !b.list.n || !b.grub || !b.out) {
		log_warnx("image build: needs --list, --grub and --out (see xlab image --help)");
		return EXIT_USAGE;
	}
	if (cmd_epoch(&b.about.epoch))
		return EXIT_USAGE;
	return build_all(&b);
}

static int image_extract(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	char what[4096];
	int r = cmd_option(argc, argv, options, usage);

	if (r != -1)
		return r == CMD_HELP ? EXIT_OK : EXIT_USAGE;
	argv += optind;
	if (argc - optind != 3) {
		log_warnx("image extract: needs DISK PATH FILE (see xlab image --help)");
		return EXIT_USAGE;
	}
	r = image_extract_to(argv[0], argv[1], argv[2]);
	snprintf(what, sizeof(what), "cannot copy %s of %s to %s", argv[1], argv[0], argv[2]);
	return r ? cmd_fail(r, what) : EXIT_OK;
}

static const struct cmd_word verbs[] = {
	{ "build", "image build", image_build },
	{ "inspect", "image inspect", cmd_image_inspect },
	{ "size", "image size", cmd_image_size },
	{ "extract", "image extract", image_extract },
	{ "lint", "image lint", cmd_image_lint },
	{ "adopt", "image adopt", cmd_image_adopt },
	{ "install", "image install", cmd_image_install },
	{ "wrap", "image wrap", cmd_image_wrap },
};

int cmd_image(int argc, char **argv)
{
	int r = cmd_word_run(verbs, sizeof(verbs) / sizeof(*verbs), argc, argv);

	if (r >= 0)
		return r;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	log_warnx(
		"image: needs build, inspect, size, extract, lint, adopt, install or wrap (see xlab image --help)");
	return EXIT_USAGE;
}
