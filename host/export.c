/* SPDX-License-Identifier: ISC */
#include "host/export.h"

#include <stdlib.h>

const char *export_number(double v, char buf[EXPORT_NUMBER])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, EXPORT_NUMBER, "%.*g", digits, v);
		if (strtod(buf, NULL) == v)
			break;
	}
	return buf;
}
