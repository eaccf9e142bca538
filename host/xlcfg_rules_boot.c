/* SPDX-License-Identifier: ISC */
/* What boots, with which parameters, and where its console is. */
#include "host/xlcfg_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlcfg_disk.h"

static void add_quoted(struct xlcfg_rules *r, const char *key, const char *value, const char *why)
{
	char *quoted;

	if (asprintf(&quoted, "\"%s\"", value) < 0) {
		r->e.failed = true;
		return;
	}
	xlcfg_rules_add(r, key, quoted, why);
	free(quoted);
}

/* An option that the file makes needless; one that only repeats the file is none. */
static void note_unused(struct xlcfg_rules *r, const char *option, const char *value,
			const char *key)
{
	const char *own = xlcfg_text(r->c, option);

	if (value && (!own || strcmp(own, value) != 0))
		xlcfg_note(r->notes, xlcfg_line(r, xlcfg_find(r->c, key)), key,
			   "kept: the file has its own, --%s is not used", option);
}

/* The key of what finds a kernel for dom0; NULL when nothing does. */
static const char *loader(const struct xlcfg_rules *r)
{
	const char *firmware = xlcfg_text(r->c, "firmware");

	if (xlcfg_text(r->c, "bootloader"))
		return "bootloader";
	if (r->to->mode == MODE_PV && xlcfg_is_direct(r->from) && firmware &&
	    !strncmp(firmware, "pvgrub", 6))
		return "firmware";
	return NULL;
}

static int need_kernel(struct xlcfg_rules *r)
{
	const struct xlcfg_setting *s = xlcfg_find(r->c, "kernel");

	if (s)
		snprintf(r->why, XLCFG_WHY,
			 "line %u: kernel is the HVM firmware; --kernel PATH gives one for %s",
			 xlcfg_line(r, s), mode_name(r->to->mode));
	else
		snprintf(r->why, XLCFG_WHY,
			 "has neither kernel nor bootloader; --kernel PATH gives one for %s",
			 mode_name(r->to->mode));
	return -EINVAL;
}

/* Exchanges the firmware of old HVM configs for the kernel, or leaves it out. */
static void replace_hvmloader(struct xlcfg_rules *r)
{
	for (size_t i = 0; i < r->c->nsettings; i++) {
		const struct xlcfg_setting *s = &r->c->settings[i];

		if (strcmp(s->name, "kernel"))
			continue;
		if (r->to->kernel)
			xlcfg_edit_value(&r->e, &r->c->values[s->value], r->to->kernel);
		else
			xlcfg_edit_drop(&r->e, s);
		xlcfg_note(r->notes, xlcfg_line(r, s), "kernel",
			   r->to->kernel ? "now the one of --kernel: hvmloader is HVM firmware"
					 : "left out: hvmloader is HVM firmware");
	}
}

static int rule_kernel(struct xlcfg_rules *r)
{
	const char *kernel = xlcfg_text(r->c, "kernel");
	bool hvmloader = kernel && xlcfg_is_hvmloader(kernel);

	if (kernel && *kernel && !hvmloader) {
		note_unused(r, "kernel", r->to->kernel, "kernel");
		return 0;
	}
	if (!r->to->kernel && !loader(r))
		return need_kernel(r);
	if (hvmloader || xlcfg_find(r->c, "kernel"))
		replace_hvmloader(r);
	else if (loader(r))
		note_unused(r, "kernel", r->to->kernel, loader(r));
	else
		add_quoted(r, "kernel", r->to->kernel, "it comes from dom0");
	return 0;
}

int xlcfg_rule_boot(struct xlcfg_rules *r)
{
	int err;

	if (xlcfg_is_direct(r->to->mode)) {
		err = rule_kernel(r);
		if (!err && (xlcfg_find(r->c, "ramdisk") || loader(r)))
			note_unused(r, "ramdisk", r->to->ramdisk,
				    loader(r) ? loader(r) : "ramdisk");
		else if (!err && r->to->ramdisk)
			add_quoted(r, "ramdisk", r->to->ramdisk, "it comes from dom0");
		return err;
	}
	if (!xlcfg_crosses(r))
		return 0;
	if (!xlcfg_find(r->c, "boot"))
		add_quoted(r, "boot", "c", "the firmware boots the first disk");
	if (!xlcfg_find(r->c, "serial"))
		add_quoted(r, "serial", "pty", "its boot loader speaks on the serial port");
	if (!xlcfg_find(r->c, "vga") && !xlcfg_find(r->c, "stdvga"))
		add_quoted(r, "vga", "none", "console mode");
	return 0;
}

/* What the guest of that mode calls its disks, as the kernel's line has it. */
static const char *bus_of(enum mode mode)
{
	return mode == MODE_HVM ? "/dev/sd" : "/dev/xvd";
}

/* A device that the kernel's line gives, by its new name: xvda1 for hda1, where disks are xvd. */
static void put_device(FILE *f, const char *word, size_t len, const char *bus)
{
	static const char *const old[] = { "/dev/hd", "/dev/sd", "/dev/xvd" };

	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++) {
		size_t n = strlen(old[i]);
		struct xlcfg_vdev v;

		if (len <= n || memcmp(word, old[i], n) ||
		    xlcfg_vdev_parse((struct xlcfg_span){ word + 5, len - 5 }, &v))
			continue;
		fprintf(f, "%s%.*s", bus, (int)(len - n), word + n);
		return;
	}
	fwrite(word, 1, len, f);
}

static bool begins(const char *word, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(word, with, strlen(with));
}

/* Writes one word of the line for the kernel; a serial port becomes hvc0 while *console is
 * false. */
static void put_word(FILE *f, const char *word, size_t len, const char *bus, bool *console)
{
	static const char *const devices[] = { "root=", "resume=" };

	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		size_t n = strlen(devices[i]);

		if (!begins(word, len, devices[i]))
			continue;
		fputs(devices[i], f);
		put_device(f, word + n, len - n, bus);
		return;
	}
	if (!*console && begins(word, len, "console=ttyS")) {
		fputs("console=hvc0", f);
		*console = true;
	} else {
		fwrite(word, 1, len, f);
	}
}

/* The line with the names that a guest without emulated devices sees; its caller frees it. With
 * *console false, and nothing to become hvc0, "console=hvc0" is appended. */
static char *fix_line(const char *line, const char *bus, bool is_root, bool *console,
		      bool may_append)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		return NULL;
	for (const char *s = line; *s;) {
		size_t blank = strspn(s, " \t"), word = strcspn(s + blank, " \t");

		fwrite(s, 1, blank, f);
		if (is_root && s == line)
			put_device(f, s + blank, word, bus);
		else
			put_word(f, s + blank, word, bus, console);
		s += blank + word;
	}
	if (!*console && may_append) {
		fputs(*line ? " console=hvc0" : "console=hvc0", f);
		*console = true;
	}
	if (fclose(f)) {
		free(out);
		return NULL;
	}
	return out;
}

static void edit_line(struct xlcfg_rules *r, const char *key, bool *console, bool may_append)
{
	const struct xlcfg_setting *s = xlcfg_find(r->c, key);
	const char *old = s ? r->c->values[s->value].text : NULL;
	char *line;

	if (!old)
		return;
	line = fix_line(old, bus_of(r->to->mode), !strcmp(key, "root"), console, may_append);
	if (!line) {
		r->e.failed = true;
		return;
	}
	if (strcmp(line, old)) {
		xlcfg_edit_value(&r->e, &r->c->values[s->value], line);
		xlcfg_note(r->notes, xlcfg_line(r, s), key,
			   "now \"%s\": what the guest calls its %s", line,
			   xlcfg_is_direct(r->to->mode) ? "disk and console" : "disk");
	}
	free(line);
}

/* The lab's line: the first partition of the first disk. */
static void add_lab_line(struct xlcfg_rules *r)
{
	struct xlcfg_items items = { .name = "disk" };
	const struct xlcfg_value *item;
	char line[80] = "root=/dev/xvda1 ro console=hvc0";

	while ((item = xlcfg_next_item(r->c, &items))) {
		struct xlcfg_disk d;
		struct xlcfg_vdev v;

		xlcfg_disk_parse(&d, item->text);
		if (d.wrong || d.cdrom || xlcfg_vdev_parse(d.vdev, &v) || v.disk >= 26 ||
		    v.bus == XLCFG_BY_NUMBER)
			continue;
		snprintf(line, sizeof(line), "root=/dev/xvd%c%u ro console=hvc0",
			 (char)('a' + v.disk), v.part ? v.part : 1);
		break;
	}
	add_quoted(r, "cmdline", r->to->cmdline ? r->to->cmdline : line,
		   r->to->cmdline ? "of --cmdline"
				  : "a guess, as the file has none; --cmdline TEXT says another");
}

static bool has_console(const char *line)
{
	const char *at = line ? strstr(line, "console=hvc0") : NULL;

	return at && (at[12] == '\0' || strchr(" \t,", at[12]));
}

int xlcfg_rule_cmdline(struct xlcfg_rules *r)
{
	const char *root = xlcfg_text(r->c, "root"), *extra = xlcfg_text(r->c, "extra");
	const char *cmdline = xlcfg_text(r->c, "cmdline");
	bool console = has_console(root) || has_console(extra), in_cmdline = has_console(cmdline);

	if (!xlcfg_is_direct(r->to->mode) && xlcfg_crosses(r))
		return 0;
	if (!xlcfg_is_direct(r->to->mode)) {
		console = true;
		edit_line(r, cmdline ? "cmdline" : "root", &console, false);
		if (!cmdline)
			edit_line(r, "extra", &console, false);
		return 0;
	}
	if (cmdline) {
		edit_line(r, "cmdline", &in_cmdline, true);
		note_unused(r, "cmdline", r->to->cmdline, "cmdline");
		return 0;
	}
	edit_line(r, "root", &console, !extra);
	edit_line(r, "extra", &console, true);
	if (root || extra)
		note_unused(r, "cmdline", r->to->cmdline, root ? "root" : "extra");
	else if (loader(r))
		note_unused(r, "cmdline", r->to->cmdline, loader(r));
	else
		add_lab_line(r);
	return 0;
}
