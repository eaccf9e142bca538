/* SPDX-License-Identifier: ISC */
/* What xl 4.17 knows: the names of settings, what they hold, and for which guests it heeds them. */
#ifndef HOST_XLCFG_KEYS_H
#define HOST_XLCFG_KEYS_H

/* Bits: what a value may be. A number may stand in quotes. */
enum { XLCFG_IS_TEXT = 1, XLCFG_IS_NUMBER = 2, XLCFG_IS_LIST = 4 };

/* Bits: the types of guests. */
enum { XLCFG_IN_PV = 1, XLCFG_IN_PVH = 2, XLCFG_IN_HVM = 4, XLCFG_IN_ALL = 7 };

struct xlcfg_key {
	const char *name;
	int holds;
	int in;
};

/* NULL for a name that xl does not know. */
const struct xlcfg_key *xlcfg_key_find(const char *name);

/* The name that somebody may have meant, or NULL. */
const char *xlcfg_key_near(const char *name);

#endif
