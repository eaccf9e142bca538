/* SPDX-License-Identifier: ISC */
#include "guest-tools/proto/proto.h"

#include <string.h>

static const char *const words[XPS_COUNT] = {
	[XPS_NONE] = "",
#define XP_STATE_WORD(id, word, what) [XPS_##id] = word,
	XP_STATES(XP_STATE_WORD)
#undef XP_STATE_WORD
};

const char *xp_state_word(enum xp_state state)
{
	return words[state];
}

enum xp_state xp_state_find(const char *word, size_t len)
{
	for (int s = XPS_NONE + 1; s < XPS_COUNT; s++)
		if (strlen(words[s]) == len && !memcmp(words[s], word, len))
			return (enum xp_state)s;
	return XPS_NONE;
}

bool xp_state_may_follow(enum xp_state from, enum xp_state to)
{
	static const bool may[XPS_COUNT][XPS_COUNT] = {
#define XP_STATE_MAY(from, to, when) [XPS_##from][XPS_##to] = true,
		XP_STATE_STEPS(XP_STATE_MAY)
#undef XP_STATE_MAY
	};

	return may[from][to];
}
