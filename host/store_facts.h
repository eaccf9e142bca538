/* SPDX-License-Identifier: ISC */
/*
 * What the host was like around boots, as the store keeps it: readings of the facts, in the two
 * texts that facts_texts() makes of them, each text once; and the noise between the readings of a
 * boot.
 */
#ifndef HOST_STORE_FACTS_H
#define HOST_STORE_FACTS_H

#include "host/store.h"

/* X(id, name, when it is) */
#define STORE_MOMENTS(X) \
	X(BEFORE, "before", "its domain, if it has one, is there, and nothing of it has run") \
	X(AFTER, "after", "it has ended, and is gone")

enum store_moment {
#define STORE_MOMENT_ENUM(id, name, when) STORE_##id,
	STORE_MOMENTS(STORE_MOMENT_ENUM)
#undef STORE_MOMENT_ENUM
};

const char *store_moment_name(enum store_moment m);

enum { STORE_FLAG_MAX = 31, STORE_NOISE_MAX = 255, STORE_NOISES = 64 };

/* Which boot. There may be no guest of that name: of a boot from which nothing came. */
struct store_whose {
	const char *run, *uuid;
	int64_t domid; /* 0 where there is no domain */
};

/* Adds a reading, unless there is one of that boot and moment. taken: UTC, as in RFC 3339, or ""
 * for now. */
int store_reading_add(struct store *s, const struct store_whose *whose, const char *moment,
		      const char *taken, const char *steady, const char *moving);

/* Adds a noise at that place in a boot's list, unless there is one. flag and text are bounded by
 * STORE_FLAG_MAX and STORE_NOISE_MAX, the places by STORE_NOISES. */
int store_noise_add(struct store *s, const struct store_whose *whose, int64_t place,
		    const char *flag, const char *text);

#endif
