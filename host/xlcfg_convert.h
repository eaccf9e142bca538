/* SPDX-License-Identifier: ISC */
/*
 * The config of a guest in one mode becomes that of another: the lab's manual edit.
 *
 * What a conversion changes stays in the file as marked comments (xlcfg_edit.h), and the next one
 * begins with taking that back: so there and back gives the same bytes, and from one mode by way of
 * another to a third the same as directly.
 */
#ifndef HOST_XLCFG_CONVERT_H
#define HOST_XLCFG_CONVERT_H

#include "guest-tools/proto/modes.h"
#include "host/xlcfg_edit.h"

struct xlcfg_target {
	enum mode mode; /* not native */
	/* For modes without firmware, where the file has none; NULL: refused, none, the lab's. */
	const char *kernel, *ramdisk, *cmdline;
};

enum { XLCFG_WHY = 256 };

/* The mode that the file asks for, as xl reads type, builder and xen_platform_pci. 0 or -EINVAL
 * with a line in why, of XLCFG_WHY bytes. */
int xlcfg_mode(const struct xlcfg *c, enum mode *mode, char *why);

/*
 * Makes the new text, which the caller frees, and a note for each change. A file that is of that
 * mode already stays as it is. 0; -EINVAL with a line in why; -ENOMEM.
 */
int xlcfg_convert(const struct xlcfg *c, const struct xlcfg_target *to, char **out, size_t *len,
		  struct xlcfg_notes *notes, char *why);

/* No firmware: the kernel comes from dom0, or by a boot loader that runs there. */
static inline bool xlcfg_is_direct(enum mode mode)
{
	return mode == MODE_PV || mode == MODE_PVH;
}

/* Whether a kernel, ramdisk or cmdline of struct xlcfg_target can be that text. */
bool xlcfg_is_option(const char *text);

/* XLCFG_IN_PV, … */
int xlcfg_type_bit(enum mode mode);

/* Whether that path is the HVM firmware of old configs. */
bool xlcfg_is_hvmloader(const char *kernel);

#endif
