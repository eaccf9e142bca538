/* SPDX-License-Identifier: ISC */
#include "host/keys.h"

#include <string.h>

#include "guest-tools/lib/authkeys.h"
#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"
#include "host/cmd.h"

int keys_read(const char *path, char buf[XP_VALUE_MAX + 1])
{
	char text[XP_VALUE_MAX + 2]; /* one byte more, to see that it is too much */
	const char *wrong;
	int n = io_is_plain(path);

	if (!n)
		n = io_read_file(path, text, sizeof(text));
	if (n < 0)
		return cmd_fail(n, path);
	wrong = authkeys_check(text, (size_t)n);
	if (wrong) {
		log_warnx("%s: an authorized_keys file for a guest: %s", path, wrong);
		return EXIT_USAGE;
	}
	memcpy(buf, text, (size_t)n + 1);
	return EXIT_OK;
}
