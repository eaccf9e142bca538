/* SPDX-License-Identifier: ISC */
/* The rules of xlcfg_convert.h, one for each part of a config. */
#ifndef HOST_XLCFG_RULES_H
#define HOST_XLCFG_RULES_H

#include "host/xlcfg_convert.h"

struct xlcfg_rules {
	const struct xlcfg *c;
	const struct xlcfg_target *to;
	enum mode from;
	struct xlcfg_edits e;
	struct xlcfg_notes *notes;
	char *why;
};

/* Each returns 0, or -EINVAL with why. */
int xlcfg_rule_boot(struct xlcfg_rules *r);
int xlcfg_rule_cmdline(struct xlcfg_rules *r);
int xlcfg_rule_disks(struct xlcfg_rules *r);
int xlcfg_rule_cards(struct xlcfg_rules *r);

/* A new line behind what says the type or the name, with a note why. */
void xlcfg_rules_add(struct xlcfg_rules *r, const char *key, const char *value, const char *why);

/* Whether the mode changes between one with firmware and one without. */
static inline bool xlcfg_crosses(const struct xlcfg_rules *r)
{
	return xlcfg_is_direct(r->from) != xlcfg_is_direct(r->to->mode);
}

static inline unsigned xlcfg_line(const struct xlcfg_rules *r, const struct xlcfg_setting *s)
{
	return r->c->tokens[s->first].line;
}

#endif
