/* SPDX-License-Identifier: ISC */
#include "host/grubboot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BEGIN "# xlab native entry: begin; `xlab native entry --remove` takes it away\n"
#define END "# xlab native entry: end\n"

/* What neither GRUB's script nor its way of passing a line on sees anything in. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._,=:/@%+- ";

static int line_add(char line[GRUBBOOT_LINE], const char *word, size_t len)
{
	size_t used = strlen(line);

	if (used + len + 2 > GRUBBOOT_LINE)
		return -ENOSPC;
	snprintf(line + used, GRUBBOOT_LINE - used, "%s%.*s", used ? " " : "", (int)len, word);
	return 0;
}

int grubboot_line(const char *image, const char *root, unsigned vcpus, unsigned memory_mb,
		  char line[GRUBBOOT_LINE])
{
	char more[128];
	int r;

	if (image[strspn(image, plain)] || !*root || root[strspn(root, plain)] || strchr(root, ' '))
		return -EINVAL;
	snprintf(more, sizeof(more), "nr_cpus=%u mem=%uM xlab.mode=native xlab.link=scratch", vcpus,
		 memory_mb);
	line[0] = '\0';
	r = line_add(line, "root=", strlen("root="));
	if (!r && strlen(line) + strlen(root) >= GRUBBOOT_LINE)
		r = -ENOSPC;
	if (!r)
		strcat(line, root);
	for (const char *word = image; !r && *word; word += strspn(word, " ")) {
		size_t len = strcspn(word, " ");

		if (len && strncmp(word, "root=", strlen("root=")))
			r = line_add(line, word, len);
		word += len;
	}
	return r ? r : line_add(line, more, strlen(more));
}

int grubboot_text(const char *old, const char *line, bool ramdisk, char *text, size_t size)
{
	const char *begin = strstr(old, BEGIN), *end = begin ? strstr(begin, END) : NULL;
	const char *rest = end ? end + strlen(END) : "";
	size_t len = begin ? (size_t)(begin - old) : strlen(old);
	int n = 0;

	if (begin && (!end || strstr(rest, BEGIN)))
		return -EINVAL;
	if (line)
		n = snprintf(text, size,
			     BEGIN "menuentry 'xlab native' --id " GRUBBOOT_ID " {\n"
				   "\tlinux $prefix/xlab/vmlinuz %s\n%s}\n" END,
			     line, ramdisk ? "\tinitrd $prefix/xlab/initrd.img\n" : "");
	if ((size_t)n >= size || len + strlen(rest) >= size - (size_t)n)
		return -ENOSPC;
	sprintf(text + n, "%.*s%s", (int)len, old, rest);
	return 0;
}
