/* SPDX-License-Identifier: ISC */
#include "init/sup.h"

/* A cell that is not named leaves the state as it is and does nothing. */
#define STAY(s) [0 ... EV_COUNT - 1] = { SVC_##s, ACT_NONE }
#define ENDED(next, action) \
	[EV_DIED] = { next, action }, [EV_DONE] = { next, action }, [EV_FAILED] = { next, action }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct sup_step table[SVC_COUNT][EV_COUNT] = {
	[SVC_DOWN] = {
		STAY(DOWN),
		[EV_START]   = { SVC_WAIT, ACT_NONE },
		[EV_RESTART] = { SVC_WAIT, ACT_NONE },
	},
	[SVC_WAIT] = {
		STAY(WAIT),
		[EV_CLEAR]   = { SVC_STARTING, ACT_SPAWN },
		[EV_STOP]    = { SVC_DOWN, ACT_REST },
	},
	[SVC_STARTING] = {
		STAY(STARTING),
		[EV_READY]   = { SVC_UP, ACT_READY },
		[EV_TIMER]   = { SVC_UP, ACT_LATE },
		[EV_DIED]    = { SVC_BACKOFF, ACT_RETRY },
		[EV_DONE]    = { SVC_DONE, ACT_REST },
		[EV_FAILED]  = { SVC_FAILED, ACT_REST },
		[EV_STOP]    = { SVC_STOPPING, ACT_TERM },
		[EV_RESTART] = { SVC_CYCLING, ACT_TERM },
	},
	[SVC_UP] = {
		STAY(UP),
		[EV_DIED]    = { SVC_BACKOFF, ACT_RETRY },
		[EV_DONE]    = { SVC_DONE, ACT_REST },
		[EV_FAILED]  = { SVC_FAILED, ACT_REST },
		[EV_STOP]    = { SVC_STOPPING, ACT_TERM },
		[EV_RESTART] = { SVC_CYCLING, ACT_TERM },
	},
	[SVC_BACKOFF] = {
		STAY(BACKOFF),
		[EV_START]   = { SVC_STARTING, ACT_SPAWN },
		[EV_RESTART] = { SVC_STARTING, ACT_SPAWN },
		[EV_TIMER]   = { SVC_STARTING, ACT_SPAWN },
		[EV_STOP]    = { SVC_DOWN, ACT_REST },
	},
	[SVC_DONE] = {
		STAY(DONE),
		[EV_START]   = { SVC_WAIT, ACT_NONE },
		[EV_RESTART] = { SVC_WAIT, ACT_NONE },
		[EV_STOP]    = { SVC_DOWN, ACT_REST },
	},
	[SVC_FAILED] = {
		STAY(FAILED),
		[EV_START]   = { SVC_WAIT, ACT_NONE },
		[EV_RESTART] = { SVC_WAIT, ACT_NONE },
		[EV_STOP]    = { SVC_DOWN, ACT_REST },
	},
	[SVC_STOPPING] = {
		STAY(STOPPING),
		ENDED(SVC_DOWN, ACT_REST),
		[EV_TIMER]   = { SVC_KILLED, ACT_KILL },
		[EV_START]   = { SVC_CYCLING, ACT_NONE },
		[EV_RESTART] = { SVC_CYCLING, ACT_NONE },
	},
	[SVC_KILLED] = {
		STAY(KILLED),
		ENDED(SVC_DOWN, ACT_REST),
		[EV_TIMER]   = { SVC_DOWN, ACT_REST },
		[EV_START]   = { SVC_RECYCLED, ACT_NONE },
		[EV_RESTART] = { SVC_RECYCLED, ACT_NONE },
	},
	[SVC_CYCLING] = {
		STAY(CYCLING),
		ENDED(SVC_WAIT, ACT_REST),
		[EV_TIMER]   = { SVC_RECYCLED, ACT_KILL },
		[EV_STOP]    = { SVC_STOPPING, ACT_NONE },
	},
	[SVC_RECYCLED] = {
		STAY(RECYCLED),
		ENDED(SVC_WAIT, ACT_REST),
		[EV_TIMER]   = { SVC_WAIT, ACT_REST },
		[EV_STOP]    = { SVC_KILLED, ACT_NONE },
	},
};
#pragma GCC diagnostic pop

struct sup_step sup_step(enum sup_state state, enum sup_event event)
{
	return table[state][event];
}

const char *sup_state_name(enum sup_state state)
{
#define NAME(id, name, text) name,
	static const char *const names[SVC_COUNT] = { SUP_STATES(NAME) };
#undef NAME

	return names[state];
}

bool sup_is_in_the_way(enum sup_state state)
{
	return state == SVC_WAIT || state == SVC_STARTING;
}

bool sup_is_at_rest(enum sup_state state)
{
	return state == SVC_DOWN || state == SVC_DONE || state == SVC_FAILED ||
	       state == SVC_WAIT || state == SVC_BACKOFF;
}

bool sup_is_timed(enum sup_state state)
{
	return state == SVC_BACKOFF || state == SVC_STOPPING || state == SVC_KILLED ||
	       state == SVC_CYCLING || state == SVC_RECYCLED;
}

unsigned sup_backoff(const struct sup_backoff *b, unsigned last_ms, uint64_t lived_ms)
{
	unsigned next = last_ms ? last_ms * 2 : 1;

	if (lived_ms >= SUP_STEADY_MS)
		return 0;
	if (last_ms < b->min_ms)
		return b->min_ms;
	return last_ms > b->max_ms / 2 || next > b->max_ms ? b->max_ms : next;
}
