/* SPDX-License-Identifier: ISC */
/* A request to process 1: a verb that takes a name has one, of the request's own text. */
#include "init/ctl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *name = NULL;
	enum ctl_verb verb;
	char *text;

	if (size >= CTL_REQUEST)
		return 0;
	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	verb = ctl_parse(text, &name);
	check(verb >= CTL_BAD && verb <= CTL_REBOOT && name);
	if (verb == CTL_START || verb == CTL_STOP || verb == CTL_RESTART)
		check(name > text && name <= text + size && strlen(name) <= size);
	else if (verb != CTL_BAD)
		check(!*name);
	free(text);
	return 0;
}
