/* SPDX-License-Identifier: ISC */
/* Guests that mean no good, from fixed seeds and for a fixed number of turns. */
#ifndef TESTS_STORE_HOSTILE_H
#define TESTS_STORE_HOSTILE_H

#include "tests/store/swarm.h"

/* X(id, what it does); each is a kind of guest. spec.records is for how many turns. */
#define HOSTILE_KINDS(X) \
	X(heads, "heads that jump back and forth, and are no numbers") \
	X(numbers, "well-framed pieces with wrong numbers") \
	X(rewriter, "slots that are written again while they may be read") \
	X(nested, "records nested deep, of unknown types, or absurd") \
	X(names, "names with ESC, NUL, quotes, newlines, HTML and formulas") \
	X(garbage, "a record of 1 MiB that is no JSON, then another of brackets") \
	X(keys, "state, version, boot, log of up to 2,000 bytes of junk") \
	X(folders, "keys that are removed, or become folders with 64 children") \
	X(permissions, "nodes that nobody else may read") \
	X(flood, "its head is written as fast as xenstored takes it") \
	X(noise, "random bytes under random names below data/")

#define HOSTILE_EXTERN(name, what) extern const struct swarm_kind hostile_##name;
HOSTILE_KINDS(HOSTILE_EXTERN)
#undef HOSTILE_EXTERN

/* For these files: a key of the guest's, and a piece that need not be sound but for its CRC. */
void hostile_put(struct swarm_guest *g, unsigned key, const void *val, size_t len);
void hostile_piece(struct swarm_guest *g, const struct xp_piece *p, unsigned slot);
void hostile_head(struct swarm_guest *g, uint32_t head);

/* True, once, and then it has said its version: without one nobody listens to the rest. */
bool hostile_greets(struct swarm_guest *g);

/* True when it is not the guest's turn to say anything: it greets; or its turns are over, and it. */
bool hostile_is_over(struct swarm_guest *g);

#endif
