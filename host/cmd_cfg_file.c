/* SPDX-License-Identifier: ISC */
#include "host/cmd_cfg.h"

#include <errno.h>
#include <stdlib.h>

#include "guest-tools/lib/io.h"

int cmd_cfg_read(const char *path, struct xlcfg *c, struct xlcfg_error *e)
{
	char *text = malloc(XLCFG_FILE_MAX + 2);
	int n = text ? io_is_plain(path) : -ENOMEM;

	*e = (struct xlcfg_error){ 0, 0, NULL };
	if (!n)
		n = io_read_file(path, text, XLCFG_FILE_MAX + 2);
	if (n >= 0)
		n = xlcfg_parse(c, text, (size_t)n, e);
	free(text);
	return n;
}

json_t *cmd_cfg_json(const char *text)
{
	char plain[4096];
	size_t n = 0;

	for (; text[n] && n < sizeof(plain); n++)
		plain[n] = text[n] < ' ' || text[n] > '~' ? '?' : text[n];
	return json_stringn(plain, n);
}
