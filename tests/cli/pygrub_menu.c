/* SPDX-License-Identifier: ISC */
/* pygrub_menu KIND FILE...: what grubmenu_pygrub() makes of menus, a line of JSON each. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest-tools/lib/io.h"
#include "host/grubmenu.h"

int main(int argc, char **argv)
{
	static char text[65536];

	for (int i = 2; i < argc; i++) {
		char why[GRUBMENU_WHY];
		struct grubmenu_entry e;
		int n = io_read_file(argv[i], text, sizeof(text));
		json_t *j = json_null();

		if (n < 0)
			return 111;
		if (!grubmenu_pygrub(text, (size_t)n, (enum grubmenu_kind)atoi(argv[1]), &e, why))
			j = json_pack("[sss]", e.kernel, e.initrd, e.args);
		json_dumpf(j, stdout, JSON_ENCODE_ANY);
		putchar('\n');
		json_decref(j);
	}
	return 0;
}
