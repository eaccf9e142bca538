/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/image.h"

static const char usage[] =
	"usage: xlab image build --list FILE... --grub DIR --out DISK [--size MIB] [--used FILE]...\n"
	"       xlab image inspect DISK\n"
	"       xlab image extract DISK PATH FILE\n"
	"\n"
	"build    makes a bootable disk of what the lists name; `make image` calls it\n"
	"inspect  prints the manifest that the image carries: its sources and files with their hashes\n"
	"extract  copies a file out of the image, without mounting it\n";

enum { FILES_MAX = 32, SIZE_DEFAULT_MIB = 32, SIZE_MAX_MIB = 65536 };

struct build {
	const char *list[FILES_MAX], *used[FILES_MAX];
	size_t nlist, nused;
	const char *grub, *out;
	unsigned long mib;
	int64_t epoch;
	struct image_list entries;
};

static int build_read_lists(struct build *b)
{
	char why[128];

	for (size_t i = 0; i < b->nlist; i++) {
		int r = image_list_read(b->list[i], &b->entries, why, sizeof(why));

		if (!r)
			continue;
		log_warnx("%s: %s", b->list[i], why);
		return r == -ENOMEM ? EXIT_SYSTEM : EXIT_USAGE;
	}
	return EXIT_OK;
}

/* Adds the manifest, which is written to path, as the last file. */
static int build_add_manifest(struct build *b, const char *path)
{
	struct image_entry e = { .kind = IMAGE_FILE, .path = IMAGE_MANIFEST, .mode = 0644 };
	char *text;
	int r = image_manifest(&b->entries, b->used, b->nused, &text);

	if (r)
		return r;
	r = io_replace_file(path, text, strlen(text));
	free(text);
	if (r)
		return r;
	snprintf(e.from, sizeof(e.from), "%s", path);
	return image_list_add(&b->entries, &e);
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

static int build_disk(struct build *b, const char *disk)
{
	uint64_t bytes = (uint64_t)b->mib << 20;
	char why[512];
	int fd = open(disk, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), r = 0;

	if (fd < 0)
		return cmd_fail(-errno, disk);
	r = posix_fallocate(fd, 0, (off_t)bytes);
	if (r) {
		close(fd);
		return cmd_fail(-r, disk);
	}
	r = image_ext4_write(disk, bytes, &b->entries, b->epoch, why, sizeof(why));
	if (r) {
		close(fd);
		log_warnx("cannot put %s into the image: %s", why, strerror(-r));
		return r == -ENOENT || r == -EEXIST ? EXIT_USAGE : EXIT_SYSTEM;
	}
	r = image_boot_write(disk, bytes, b->grub);
	if (!r && fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r ? cmd_fail(r, b->grub) : EXIT_OK;
}

/* All is made under other names first: a failure leaves an older image as it was. */
static int build_all(struct build *b)
{
	char disk[4096], manifest[4096];
	bool made;
	int r;

	snprintf(disk, sizeof(disk), "%s.new", b->out);
	snprintf(manifest, sizeof(manifest), "%s.manifest", b->out);
	r = build_read_lists(b);
	if (!r)
		r = build_hash(b);
	made = !r;
	if (!r) {
		int err = build_add_manifest(b, manifest);

		r = err ? cmd_fail(err, manifest) : EXIT_OK;
	}
	if (!r)
		r = build_disk(b, disk);
	if (!r && rename(disk, b->out) < 0)
		r = cmd_fail(-errno, b->out);
	if (r && made)
		unlink(disk);
	if (made)
		unlink(manifest);
	image_list_free(&b->entries);
	return r;
}

static int parse_mib(const char *s, unsigned long *mib)
{
	uint32_t n = 0;
	char *end;

	n = (uint32_t)strtoul(s, &end, 10);
	*mib = n;
	return *s >= '0' && *s <= '9' && !*end && n >= 4 && n <= SIZE_MAX_MIB ? 0 : -EINVAL;
}

static int image_build(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", required_argument, NULL, 'l' },
		{ "grub", required_argument, NULL, 'g' },
		{ "out", required_argument, NULL, 'o' },
		{ "size", required_argument, NULL, 's' },
		{ "used", required_argument, NULL, 'u' },
		{ 0 },
	};
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct build b = { .mib = SIZE_DEFAULT_MIB, .epoch = epoch ? atoll(epoch) : 1767225600 };
	int c;

	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		if ((c == 'l' && b.nlist == FILES_MAX) || (c == 'u' && b.nused == FILES_MAX)) {
			log_warnx("image build: more than %d lists", FILES_MAX);
			return EXIT_USAGE;
		}
		switch (c) {
		case 'l': b.list[b.nlist++] = optarg; break;
		case 'u': b.used[b.nused++] = optarg; break;
		case 'g': b.grub = optarg; break;
		case 'o': b.out = optarg; break;
		case 's':
			if (parse_mib(optarg, &b.mib)) {
				log_warnx("image build: --size takes 4 to %d MiB", SIZE_MAX_MIB);
				return EXIT_USAGE;
			}
			break;
			CMD_OPTION_DEFAULTS;
		}
	}
	if (optind < argc || !b.nlist || !b.grub || !b.out) {
		log_warnx("image build: needs --list, --grub and --out (see xlab image --help)");
		return EXIT_USAGE;
	}
	return build_all(&b);
}

static int image_inspect(int argc, char **argv)
{
	char *text;
	size_t len;
	int r;

	if (argc != 2) {
		log_warnx("image inspect: needs DISK");
		return EXIT_USAGE;
	}
	r = image_read(argv[1], IMAGE_MANIFEST, IMAGE_FILE_MAX, &text, &len);
	if (r == -EINVAL || (r == -ENOENT && !access(argv[1], F_OK))) {
		log_warnx("%s: not an image of `xlab image build`", argv[1]);
		return EXIT_USAGE;
	}
	if (r)
		return cmd_fail(r, argv[1]);
	r = io_write_all(STDOUT_FILENO, text, len);
	free(text);
	return r ? cmd_fail(r, "stdout") : EXIT_OK;
}

static int image_extract(int argc, char **argv)
{
	int r;

	if (argc != 4) {
		log_warnx("image extract: needs DISK PATH FILE");
		return EXIT_USAGE;
	}
	r = image_extract_to(argv[1], argv[2], argv[3]);
	if (r) {
		char what[4096];

		snprintf(what, sizeof(what), "cannot copy %s of %s to %s", argv[2], argv[1],
			 argv[3]);
		return cmd_fail(r, what);
	}
	return EXIT_OK;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "build", image_build },
	{ "inspect", image_inspect },
	{ "extract", image_extract },
};

int cmd_image(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	log_warnx("image: needs build, inspect or extract (see xlab image --help)");
	return EXIT_USAGE;
}
