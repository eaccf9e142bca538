/* SPDX-License-Identifier: ISC */
#include "init/sup.h"

static const struct sup_step table[SVC_COUNT][EV_COUNT] = {
	[SVC_DOWN] = {
		[EV_START] = { SVC_UP, ACT_SPAWN },
		[EV_EXIT]  = { SVC_DOWN, ACT_NONE },
		[EV_TIMER] = { SVC_DOWN, ACT_NONE },
		[EV_STOP]  = { SVC_DOWN, ACT_NONE },
	},
	[SVC_UP] = {
		[EV_START] = { SVC_UP, ACT_NONE },
		[EV_EXIT]  = { SVC_WAIT, ACT_RETRY },
		[EV_TIMER] = { SVC_UP, ACT_NONE },
		[EV_STOP]  = { SVC_STOPPING, ACT_TERM },
	},
	[SVC_WAIT] = {
		[EV_START] = { SVC_UP, ACT_SPAWN },
		[EV_EXIT]  = { SVC_WAIT, ACT_NONE },
		[EV_TIMER] = { SVC_UP, ACT_SPAWN },
		[EV_STOP]  = { SVC_DOWN, ACT_REST },
	},
	[SVC_STOPPING] = {
		[EV_START] = { SVC_STOPPING, ACT_NONE },
		[EV_EXIT]  = { SVC_DOWN, ACT_REST },
		[EV_TIMER] = { SVC_KILLED, ACT_KILL },
		[EV_STOP]  = { SVC_STOPPING, ACT_NONE },
	},
	[SVC_KILLED] = {
		[EV_START] = { SVC_KILLED, ACT_NONE },
		[EV_EXIT]  = { SVC_DOWN, ACT_REST },
		[EV_TIMER] = { SVC_DOWN, ACT_REST },
		[EV_STOP]  = { SVC_KILLED, ACT_NONE },
	},
};

struct sup_step sup_step(enum sup_state state, enum sup_event event)
{
	return table[state][event];
}

unsigned sup_backoff(unsigned last_ms, uint64_t lived_ms)
{
	if (last_ms < SUP_BACKOFF_MIN_MS || lived_ms >= SUP_STEADY_MS)
		return SUP_BACKOFF_MIN_MS;
	return last_ms < SUP_BACKOFF_MAX_MS / 2 ? last_ms * 2 : SUP_BACKOFF_MAX_MS;
}
