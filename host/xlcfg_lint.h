/* SPDX-License-Identifier: ISC */
/* What stops a guest from booting, mode by mode, as far as its config tells. */
#ifndef HOST_XLCFG_LINT_H
#define HOST_XLCFG_LINT_H

#include "guest-tools/proto/modes.h"
#include "host/xlcfg.h"

/* Sets of modes: bits. */
#define XLCFG_MODE(m) (1u << (m))
#define XLCFG_DIRECT (XLCFG_MODE(MODE_PV) | XLCFG_MODE(MODE_PVH))
#define XLCFG_FIRMWARE (XLCFG_MODE(MODE_PVHVM) | XLCFG_MODE(MODE_HVM))
#define XLCFG_EVERY (XLCFG_DIRECT | XLCFG_FIRMWARE)

struct xlcfg_finding {
	unsigned line, column; /* 0 for what is missing */
	char key[40];
	unsigned modes; /* in which it matters */
	unsigned stops; /* in which the guest does not boot; a part of them */
	char problem[200], fix[200];
};

struct xlcfg_findings {
	struct xlcfg_finding *list; /* by line */
	size_t n;
	bool failed; /* no memory for one */
};

/*
 * Whether the file says the right type is looked at apart, by the caller (xlcfg_mode()): here each
 * mode is tried as if it did. 0 or -ENOMEM.
 */
int xlcfg_lint(const struct xlcfg *c, struct xlcfg_findings *f);
void xlcfg_findings_free(struct xlcfg_findings *f);

/* For the checks, each of which looks at one part of a config. */
struct xlcfg_lint {
	const struct xlcfg *c;
	struct xlcfg_findings *f;
};

void xlcfg_lint_general(struct xlcfg_lint *l);
void xlcfg_lint_boot(struct xlcfg_lint *l);
void xlcfg_lint_devices(struct xlcfg_lint *l);

/* Notes a finding at a token, or at nothing when it is NULL. fix has no arguments, problem has. */
__attribute__((format(printf, 7, 8))) void
xlcfg_find_fault(struct xlcfg_lint *l, const struct xlcfg_token *at, const char *key,
		 unsigned modes, unsigned stops, const char *fix, const char *problem, ...);

/* The token of a setting's name, or NULL. */
const struct xlcfg_token *xlcfg_lint_at(const struct xlcfg_lint *l, const char *key);

/* The kernel that dom0 loads, in modes with firmware too; NULL for hvmloader and none. */
const char *xlcfg_lint_kernel(const struct xlcfg_lint *l);

#endif
