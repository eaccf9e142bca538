/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"
#include "host/cmd_cfg.h"
#include "host/cmd_image.h"
#include "host/domain.h"
#include "host/wrap.h"

static const char usage[] =
	"usage: xlab image wrap PV-VOLUME --out BOOT-DISK [--kernel FILE [--initrd FILE]]\n"
	"                       [--cmdline TEXT] [--name NAME] [--memory MIB] [--cfg-dir DIR]\n"
	"                       [--grub DIR] [--size MIB] [--force] [--json]\n"
	"\n"
	"Makes a PV root volume without a partition table bootable by firmware: the boot disk gets the\n"
	"table, /boot with the kernel, and GRUB; the volume stays as it is. Writes the configs of all\n"
	"modes for the two disks.\n"
	"\n"
	"  --out BOOT-DISK  a file or a block device\n"
	"  --kernel FILE    this kernel, with --initrd FILE its initramfs; otherwise the volume's own\n"
	"  --cmdline TEXT   the kernel's parameters but root=\n"
	"  --name NAME      of the guest (default: of the volume)\n"
	"  --memory MIB     of the guest (default: 256)\n"
	"  --cfg-dir DIR    where the configs go (default: NAME-cfg)\n"
	"  --grub DIR       GRUB's modules (default: " WRAP_GRUB ")\n"
	"  --size, --force  of the boot disk, as in xlab image install\n"
	"  --json           say what was done in JSON\n";

enum { MEMORY_MIB = 256, MEMORY_MAX_MIB = 1 << 20, SIZE_MAX_MIB = 65536 };

struct args {
	struct wrap_opts wrap;
	char cfg_dir[PATH_MAX]; /* absolute once it is made */
	bool json;
	struct domain_desc desc; /* of the guest */
};

static int parse_mib(const char *option, const char *text, unsigned long max, unsigned long *mib)
{
	char *end;

	*mib = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && *mib && *mib <= max)
		return EXIT_OK;
	log_warnx("image wrap: %s takes 1 to %lu MiB", option, max);
	return EXIT_USAGE;
}

/* The guest's name: what is asked for, or what is left of the volume's. */
static int take_name(struct domain_desc *d, const char *text)
{
	const char *wrong = domain_set(d, "name", text);

	if (!wrong)
		return EXIT_OK;
	log_warnx("image wrap: %s is no name of a guest: it %s; --name gives another", text, wrong);
	return EXIT_USAGE;
}

static int take_option(struct args *a, int c)
{
	unsigned long mib = 0;
	int r = EXIT_OK;

	switch (c) {
	case 'o': a->wrap.out = a->wrap.disk.target = optarg; break;
	case 'k': a->wrap.kernel = optarg; break;
	case 'i': a->wrap.initrd = optarg; break;
	case 'c': a->wrap.cmdline = optarg; break;
	case 'd': snprintf(a->cfg_dir, sizeof(a->cfg_dir), "%s", optarg); break;
	case 'g': a->wrap.grub = optarg; break;
	case 'f': a->wrap.disk.force = true; break;
	case 'j': a->json = true; break;
	case 'n': r = take_name(&a->desc, optarg); break;
	case 'm':
		r = parse_mib("--memory", optarg, MEMORY_MAX_MIB, &mib);
		a->desc.memory = (unsigned)mib;
		break;
	case 's':
		r = parse_mib("--size", optarg, SIZE_MAX_MIB, &mib);
		a->wrap.disk.bytes = (uint64_t)mib << 20;
		break;
	default: break;
	}
	return r;
}

static bool is_nameable(const char *path)
{
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || strchr("'\"\\", *c))
			return false;
	return true;
}

/* Whether xl.cfg(5) can hold the path of what is there, or is to be made there. */
static int check_path(const char *path)
{
	char dir[PATH_MAX], real[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", path);
	if (!realpath(path, real) && !realpath(dirname(dir), real))
		return EXIT_OK; /* whoever opens it says why */
	if (is_nameable(real) && is_nameable(path))
		return EXIT_OK;
	log_warnx("%s: xl.cfg(5) has no way to write such a name", path);
	return EXIT_USAGE;
}

static int take_path(const char *path, char absolute[PATH_MAX])
{
	return realpath(path, absolute) ? EXIT_OK : cmd_fail(-errno, path);
}

static int copy_file(const struct wrap_file *f, const char *to)
{
	char *data = malloc(f->bytes + 1);
	int r = data ? io_read_file(f->path, data, f->bytes + 1) : -ENOMEM;

	if (r >= 0)
		r = io_replace_file(to, data, (size_t)r);
	free(data);
	return r;
}

static int write_config(const struct args *a, const struct domain_boot *boot, enum mode mode)
{
	char text[5 * PATH_MAX], path[PATH_MAX + 16];
	int n = domain_render(&a->desc, boot, mode, text, sizeof(text));

	if (n < 0)
		return n;
	snprintf(path, sizeof(path), "%s/%s", a->cfg_dir, domain_config_name(mode));
	return io_replace_file(path, text, (size_t)n);
}

/* The configs, and beside them what PV and PVH boot. */
static int write_configs(struct args *a, const struct wrap *w)
{
	static const enum mode modes[] = { MODE_PV, MODE_PVH, MODE_PVHVM, MODE_HVM };
	char kernel[PATH_MAX + 16], initrd[PATH_MAX + 16], cmdline[sizeof(w->cmdline) + 80];
	struct domain_boot boot = { .kernel = kernel, .cmdline = cmdline };
	int r = take_path(a->wrap.out, a->desc.disk);

	if (!r)
		r = take_path(a->wrap.volume, a->desc.scratch);
	/* Another that came too late for the disk may have taken back the folder. */
	if (!r && mkdir(a->cfg_dir, install_copy_folder_mode(a->wrap.volume)) < 0 &&
	    errno != EEXIST)
		r = cmd_fail(-errno, a->cfg_dir);
	if (r)
		return r;
	snprintf(kernel, sizeof(kernel), "%s/vmlinuz", a->cfg_dir);
	snprintf(initrd, sizeof(initrd), "%s/initrd.img", a->cfg_dir);
	snprintf(cmdline, sizeof(cmdline), "root=%s %s", w->root_pv, w->cmdline);
	r = copy_file(&w->kernel, kernel);
	if (!r && w->initrd.from[0]) {
		boot.ramdisk = initrd;
		r = copy_file(&w->initrd, initrd);
	}
	for (size_t i = 0; !r && i < sizeof(modes) / sizeof(*modes); i++)
		r = write_config(a, &boot, modes[i]);
	return r ? cmd_fail(r, a->cfg_dir) : EXIT_OK;
}

static int print_json(const struct args *a, const struct wrap *w)
{
	json_t *all = json_pack("{ss so sI ss so s{ss ss} ss so s[ssss]}", "volume_sha256",
				w->volume_sha256, "disk", cmd_cfg_json(w->o->out), "bytes",
				(json_int_t)w->result.bytes, "sha256", w->result.sha256, "kernel",
				cmd_cfg_json(w->kernel.from), "root", "pv_drivers", w->root_pv,
				"emulated", w->root_hvm, "cmdline", w->cmdline, "config_dir",
				cmd_cfg_json(a->cfg_dir), "configs", "pv.cfg", "pvh.cfg",
				"pvhvm.cfg", "hvm.cfg");
	int bad;

	if (all)
		json_object_set_new(all, "initrd",
				    w->initrd.from[0] ? cmd_cfg_json(w->initrd.from) : json_null());
	bad = !all || json_dumpf(all, stdout, JSON_INDENT(1)) || puts("") == EOF;
	json_decref(all);
	return bad ? cmd_fail(-EIO, "stdout") : EXIT_OK;
}

static int print_text(const struct args *a, const struct wrap *w)
{
	printf("%s: %" PRIu64 " bytes, with %s%s%s\nsha256 %s\n", w->o->out, w->result.bytes,
	       w->kernel.from, w->initrd.from[0] ? " and " : "", w->initrd.from, w->result.sha256);
	printf("%s: not changed\nsha256 %s\n", w->o->volume, w->volume_sha256);
	printf("root=%s%s%s\n%s: pv.cfg, pvh.cfg, pvhvm.cfg and hvm.cfg: one of them at a time\n",
	       w->root_pv, strcmp(w->root_pv, w->root_hvm) ? ", without PV drivers root=" : "",
	       strcmp(w->root_pv, w->root_hvm) ? w->root_hvm : "", a->cfg_dir);
	return EXIT_OK;
}

/* The folder of the configs is made first: without it there is no point in a disk. */
static int make_dir(struct args *a, bool *made)
{
	char dir[PATH_MAX];

	*made = mkdir(a->cfg_dir, install_copy_folder_mode(a->wrap.volume)) == 0;
	if (!*made && errno != EEXIST)
		return cmd_fail(-errno, a->cfg_dir);
	if (io_is_plain(a->cfg_dir) != -EISDIR)
		return cmd_fail(-ENOTDIR, a->cfg_dir);
	if (take_path(a->cfg_dir, dir))
		return EXIT_USAGE;
	strcpy(a->cfg_dir, dir);
	return EXIT_OK;
}

static int wrap(struct args *a)
{
	static char why[INSTALL_WHY];
	static struct wrap w;
	bool made = false;
	int r;

	if (!a->cfg_dir[0])
		snprintf(a->cfg_dir, sizeof(a->cfg_dir), "%s-cfg", a->desc.name);
	if (check_path(a->wrap.volume) || check_path(a->wrap.out) || check_path(a->cfg_dir))
		return EXIT_USAGE;
	r = make_dir(a, &made);
	if (r)
		return r;
	r = wrap_make(&a->wrap, &w, why);
	if (r) {
		log_warnx("%s", why);
		r = cmd_image_status(r);
		if (made)
			rmdir(a->cfg_dir);
	}
	if (!r)
		r = write_configs(a, &w);
	wrap_close(&w);
	if (r)
		return r;
	if (!wrap_fstab_is_right(&w))
		log_info("its /etc/fstab has %s for /, which is not the volume in every mode; "
			 "UUID=%s is",
			 w.fstab_root, w.disk.part[0].fs_uuid);
	return a->json ? print_json(a, &w) : print_text(a, &w);
}

int cmd_image_wrap(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "out", required_argument, NULL, 'o' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "initrd", required_argument, NULL, 'i' },
		{ "cmdline", required_argument, NULL, 'c' },
		{ "name", required_argument, NULL, 'n' },
		{ "memory", required_argument, NULL, 'm' },
		{ "cfg-dir", required_argument, NULL, 'd' },
		{ "grub", required_argument, NULL, 'g' },
		{ "size", required_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	static struct args a;
	const char *base;
	int c;

	a = (struct args){ .wrap.grub = WRAP_GRUB, .desc = { .memory = MEMORY_MIB, .vcpus = 1 } };
	while ((c = cmd_option(argc, argv, options, usage)) != -1) {
		if (c == CMD_HELP)
			return EXIT_OK;
		if (c == CMD_BAD || take_option(&a, c))
			return EXIT_USAGE;
	}
	if (argc - optind != 1 || !a.wrap.out || (a.wrap.initrd && !a.wrap.kernel)) {
		log_warnx("image wrap: needs PV-VOLUME and --out, and --kernel with --initrd "
			  "(see xlab image wrap --help)");
		return EXIT_USAGE;
	}
	if (cmd_epoch(&a.wrap.epoch))
		return EXIT_USAGE;
	a.wrap.volume = argv[optind];
	base = strrchr(a.wrap.volume, '/') ? strrchr(a.wrap.volume, '/') + 1 : a.wrap.volume;
	if (!a.desc.name[0] && take_name(&a.desc, base))
		return EXIT_USAGE;
	return wrap(&a);
}
