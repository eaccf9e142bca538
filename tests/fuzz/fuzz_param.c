/* SPDX-License-Identifier: ISC */
/* A kernel command line: every value ends within its bounds, and what is not set is empty. */
#include "init/param.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct param params[PARAM_COUNT];

static void check(bool good)
{
	if (!good)
		abort();
}

static void complain(const char *word)
{
	check(strncmp(word, "xlab.", 5) == 0 && strlen(word) < PARAM_LINE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line;

	if (size >= PARAM_LINE)
		return 0;
	line = malloc(size + 1); /* so that what is read past its end is seen */
	if (!line)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	memset(params, 0xff, sizeof(params));
	param_parse(params, line, complain);
	free(line);
	for (int i = 0; i < PARAM_COUNT; i++) {
		check(memchr(params[i].value, '\0', PARAM_VALUE) != NULL);
		check(params[i].set || !params[i].value[0]);
	}
	return 0;
}
