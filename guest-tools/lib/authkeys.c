/* SPDX-License-Identifier: ISC */
#include "guest-tools/lib/authkeys.h"

#include <stdbool.h>

#include "guest-tools/proto/proto.h"

const char *authkeys_check(const char *text, size_t len)
{
	bool found = false, begins = true;

	if (len > XP_VALUE_MAX)
		return "is longer than 1900 bytes";
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c != '\n' && c != '\t' && (c < 0x20 || c > 0x7e))
			return "has a character that is not printable ASCII";
		if (begins && c != '\n' && c != '\t' && c != ' ') {
			found |= c != '#';
			begins = false;
		}
		begins |= c == '\n';
	}
	return found ? NULL : "has no key";
}
