/* SPDX-License-Identifier: ISC */
/* Result files of SPEC CPU, which a program in a payload prints. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "guest-tools/lib/rsf.h"

static void is_printable(const char *text, size_t size)
{
	assert(strnlen(text, size) < size);
	for (; *text; text++)
		assert(*text >= 0x20 && *text <= 0x7e);
}

static void check(const struct rsf_run *r, const struct rsf *rsf)
{
	is_printable(r->name, sizeof(r->name));
	is_printable(r->why, sizeof(r->why));
	assert(r->name[0] && !strpbrk(r->name, " \"/\\"));
	assert(r->iteration < rsf->iterations && r->iteration <= RSF_ITERATION_MAX);
	assert(isfinite(r->seconds) && isfinite(r->ratio));
	assert(r->why[0] || r->seconds >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[65536];
	static struct rsf rsf;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (rsf_parse(text, &rsf))
		return 0;
	assert(rsf.n && rsf.n <= RSF_RUNS_MAX);
	for (size_t i = 0; i < rsf.n; i++)
		check(&rsf.run[i], &rsf);
	return 0;
}
