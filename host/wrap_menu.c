/* SPDX-License-Identifier: ISC */
#include "host/wrap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int wrap_cmdline(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	while (*(text += strspn(text, " \t\n"))) {
		size_t len = strcspn(text, " \t\n");

		for (size_t i = 0; i < len; i++)
			if (text[i] < '!' || text[i] > '~' || strchr("\"'\\$`{};|&<>#", text[i]))
				return -EINVAL;
		if (strncmp(text, "root=", 5)) {
			if (n + len + 2 > size)
				return -ENOSPC;
			n += (size_t)snprintf(buf + n, size - n, "%s%.*s", n ? " " : "", (int)len,
					      text);
		}
		text += len;
	}
	return 0;
}

static int menu_entry(const struct wrap *w, const char *title, const char *root, char *buf,
		      size_t size)
{
	return snprintf(buf, size,
			"menuentry \"%s\" {\n"
			"\tlinux /boot/vmlinuz root=%s %s\n"
			"%s}\n",
			title, root, w->cmdline,
			w->initrd.from[0] ? "\tinitrd /boot/initrd.img\n" : "");
}

/* Outside of the entries pygrub(1) reads "set" and passes over the rest, so it takes the first. */
static const char menu_choice[] = "# Xen's platform device is there: so are PV drivers.\n"
				  "setpci -d 5853:0001 -v platform VENDOR_ID\n"
				  "if [ -z \"$platform\" ]; then\n"
				  "\tdefault=1\n"
				  "fi\n";

int wrap_menu(const struct wrap *w, char *buf, size_t size)
{
	bool one = !strcmp(w->root_pv, w->root_hvm);
	int n = snprintf(buf, size,
			 "set timeout=0\n"
			 "set default=0\n"
			 "serial --unit=0 --speed=115200\n"
			 "terminal_input serial console\n"
			 "terminal_output serial console\n%s",
			 one ? "" : menu_choice);

	if (n >= (int)size)
		return -ENOSPC;
	n += menu_entry(w, one ? "Linux" : "Linux, with PV drivers", w->root_pv, buf + n,
			size - (size_t)n);
	if (!one && n < (int)size)
		n += menu_entry(w, "Linux, every device emulated", w->root_hvm, buf + n,
				size - (size_t)n);
	return n < (int)size ? n : -ENOSPC;
}

bool wrap_fstab_is_right(const struct wrap *w)
{
	const struct disk_part *p = &w->disk.part[0];
	const char *dev = w->fstab_root;

	if (!strncmp(dev, "UUID=", 5))
		return !strcasecmp(dev + 5, p->fs_uuid);
	if (!strncmp(dev, "LABEL=", 6))
		return !strcmp(dev + 6, p->fs_label);
	return !*dev || !strcmp(dev, "/dev/root") || !strcmp(dev, "rootfs");
}
