/* SPDX-License-Identifier: ISC */
/*
 * What stops a Linux disk from booting, mode by mode. Readers fill struct lint_system with facts;
 * rules, a table over the facts, find faults in them. The two meet nowhere else: a rule reads no
 * disk, a reader judges nothing.
 */
#ifndef HOST_LINT_H
#define HOST_LINT_H

#include <stdio.h>

#include "guest-tools/proto/modes.h"
#include "host/bzimage.h"
#include "host/disk.h"
#include "host/grubmenu.h"
#include "host/initramfs.h"

/* Sets of modes: bits. */
#define LINT_MODE(m) (1u << (m))
#define LINT_DIRECT (LINT_MODE(MODE_PV) | LINT_MODE(MODE_PVH))
#define LINT_FIRMWARE (LINT_MODE(MODE_NATIVE) | LINT_MODE(MODE_PVHVM) | LINT_MODE(MODE_HVM))
#define LINT_XVDA (LINT_DIRECT | LINT_MODE(MODE_PVHVM)) /* their disk has a Xen front end */
#define LINT_EVERY (LINT_DIRECT | LINT_FIRMWARE)

/*
 * X(id, option of the kernel's config, module, modes that cannot boot without it, what it is)
 * A module of NULL: it is built in or missing.
 */
#define LINT_DRIVERS(X) \
	X(BLKFRONT, "XEN_BLKDEV_FRONTEND", "xen-blkfront", LINT_XVDA, "Xen's disk") \
	X(NETFRONT, "XEN_NETDEV_FRONTEND", "xen-netfront", 0, "Xen's network card") \
	X(HVC, "HVC_XEN", NULL, LINT_DIRECT, "Xen's console") \
	X(PIIX, "ATA_PIIX", "ata_piix", LINT_MODE(MODE_HVM), "the emulated IDE disk") \
	X(SD, "BLK_DEV_SD", "sd_mod", LINT_MODE(MODE_HVM), "the emulated IDE disk") \
	X(EXT4, "EXT4_FS", "ext4", LINT_EVERY, "the root file system") \
	X(PVHVM, "XEN_PVHVM", NULL, LINT_MODE(MODE_PVHVM), "drivers of Xen in HVM guests")

#define LINT_DRIVER_ENUM(id, option, module, modes, what) LINT_##id,
enum lint_driver_id { LINT_DRIVERS(LINT_DRIVER_ENUM) LINT_DRIVER_COUNT };
#undef LINT_DRIVER_ENUM

struct lint_driver_row {
	const char *option, *module;
	unsigned modes;
	const char *what;
};
extern const struct lint_driver_row lint_driver_rows[LINT_DRIVER_COUNT];

enum lint_state { LINT_UNKNOWN, LINT_MISSING, LINT_BUILTIN, LINT_MODULE };

struct lint_driver {
	enum lint_state state;
	bool in_initramfs;
};

/* What process 1 is, and so where a getty is written down. */
#define LINT_INITS(X) \
	X(NONE, "unknown") \
	X(SYSV, "sysvinit") X(SYSTEMD, "systemd") X(OPENRC, "OpenRC") X(BUSYBOX, "BusyBox")
#define LINT_INIT_ENUM(id, name) LINT_INIT_##id,
enum lint_init { LINT_INITS(LINT_INIT_ENUM) LINT_INIT_COUNT };
#undef LINT_INIT_ENUM
const char *lint_init_name(enum lint_init init);

enum { LINT_FSTAB_MAX = 32, LINT_CONSOLES_MAX = 8, LINT_SPEC = 128 };

struct lint_mount {
	unsigned line;
	char spec[LINT_SPEC], at[LINT_SPEC], type[24];
	bool optional; /* noauto or nofail */
};

enum lint_tool { LINT_TOOL_OTHER, LINT_TOOL_DEBIAN, LINT_TOOL_DRACUT }; /* makers of initramfs */

struct lint_system {
	/* the disk */
	uint64_t bytes;
	enum disk_table table;
	size_t nparts;
	struct disk_part part[DISK_PARTS_MAX];
	bool boot_code; /* in sector 0 */
	bool grub_code; /* and it is GRUB's */

	/* its file systems */
	bool has_root;
	struct disk_part root;
	struct disk_super super;
	bool has_boot;	 /* /boot is another partition */
	bool boot_other; /* it is one that is not looked into */
	struct disk_part boot;
	struct disk_super boot_super;

	/* the boot loader's menu */
	bool has_menu;
	char menu[GRUBMENU_PATH];
	enum grubmenu_kind menu_kind;
	struct grubmenu_entry
		entry;	   /* the chosen one; its args are all that is left without a menu */
	bool pygrub;	   /* boots it */
	bool pygrub_tried; /* it found a menu, good or bad */
	struct grubmenu_entry pygrub_entry;
	char pygrub_why[GRUBMENU_WHY + 80];

	/* the kernel and its initramfs, in the system's own paths */
	char kernel_path[GRUBMENU_PATH];
	bool has_kernel, good_kernel;
	char kernel_why[80];
	struct bzimage kernel;
	char config[96]; /* "/boot/config-…"; "" when there is none */
	struct lint_driver driver[LINT_DRIVER_COUNT];
	char initrd_path[GRUBMENU_PATH];
	bool has_initrd, good_initrd;
	enum unpack_format initrd_packing; /* of its last archive */
	enum lint_tool initrd_tool;
	char modules[160]; /* in the initramfs: "usr/lib/modules/…" */

	/* the system */
	size_t nmounts;
	struct lint_mount mount[LINT_FSTAB_MAX];
	enum lint_init init;
	bool getty;	     /* on hvc0, or there is no need of one */
	char getty_why[160]; /* where it is missing: "/etc/inittab", or what masks it */
	bool securetty;	     /* root may log in on hvc0, or nothing asks */
};

/*
 * Opens a disk's root and /boot. Those of them that are there belong to the caller until
 * lint_disk_close(). A disk without a root is no error: root is NULL.
 */
struct lint_disk {
	struct disk disk;
	const struct disk_part *root_part, *boot_part;
	struct disk_fs *root, *boot; /* boot is NULL when /boot is in the root */
	bool boot_other;	     /* /boot is one that is not ext2, ext3 or ext4 */
	bool damaged;		     /* a partition with ext could not be opened: */
	char why[DISK_WHY];
};
int lint_disk_open(const char *path, bool writable, struct lint_disk *d, char *why, size_t size);
int lint_disk_close(struct lint_disk *d);

/* Where a path of the system is: in /boot or the root. Returns the file system, and the path in it.
 */
struct disk_fs *lint_disk_at(const struct lint_disk *d, const char *path, const char **inside);

/* A file of the system, as disk_fs_get(). */
int lint_disk_get(const struct lint_disk *d, const char *path, size_t max, char **buf, size_t *len);
bool lint_disk_has(const struct lint_disk *d, const char *path);

/* Fills in the facts. 0, -ENOMEM. */
int lint_read(struct lint_disk *d, struct lint_system *s);

/* Its parts. */
void lint_read_menu(struct lint_disk *d, struct lint_system *s);
void lint_read_pygrub(struct lint_disk *d, struct lint_system *s);
int lint_read_kernel(struct lint_disk *d, struct lint_system *s);
int lint_read_initrd(struct lint_disk *d, struct lint_system *s);
void lint_read_fstab(struct lint_disk *d, struct lint_system *s);
void lint_read_init(struct lint_disk *d, struct lint_system *s);

/* The words of the kernel's line. Calls with name and value, "" without '='; stops at non-zero. */
int lint_args(const char *args, int (*each)(const char *name, const char *value, void *arg),
	      void *arg);
/* The last value of a name; false when it is not there. */
bool lint_arg(const char *args, const char *name, char *value, size_t size);

/* In which modes a device of that name is the disk: "/dev/sda1" in native and hvm. LINT_EVERY for
 * what is no device of a disk. */
unsigned lint_device_modes(const char *spec);

/* The partition that such a name means if this is the first disk: 5 of "/dev/sda5"; 0 for anything
 * else, other disks too. */
unsigned lint_device_part(const char *spec);

/* Whether the libxenfsimage of Xen 4.17 reads a file system with these features. */
bool lint_pygrub_reads(const struct disk_super *super);

/* Whether the text has a line that starts a getty on hvc0, or something else for people, in the
 * inittab of sysvinit or of BusyBox. */
bool lint_inittab_has_hvc0(const char *text, enum lint_init init);

/* A finding. */
struct lint_finding {
	const char *rule;
	unsigned stops; /* modes that do not boot, or have no login; 0: worth knowing */
	bool pygrub;	/* they do with the kernel in dom0, and not by pygrub */
	bool adopts;	/* xlab image adopt mends it */
	bool own;	/* it is about the kernel on the disk and how that is loaded */
	char problem[400], fix[400];
};

/* The rules, by number. */
extern const size_t lint_nrules;
const char *lint_rule_id(size_t i);

/* Applies rule i to the facts; false when it finds nothing. */
bool lint_rule_apply(size_t i, const struct lint_system *s, struct lint_finding *f);

/*
 * Runs work in a process of its own, with bounds on its time and memory, and its standard output in
 * what is returned, for the caller to close. So a disk that breaks a library breaks nothing else.
 * -EUCLEAN when the process was ended by a signal; what it returned is in *status.
 */
int lint_guard(int (*work)(FILE *out, void *arg), void *arg, int *status, FILE **out);

#endif
