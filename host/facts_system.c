/* SPDX-License-Identifier: ISC */
#include "host/facts.h"
#include "host/machine.h"
#include "host/xl.h"

static int ask_xl(const char *const argv[], char *buf, size_t size, void *arg)
{
	(void)arg;
	return xl_ask(argv, buf, size);
}

struct facts_source facts_system(void)
{
	return (struct facts_source){ .root = "",
				      .emulated = machine_is_emulated(),
				      .ask = ask_xl };
}
