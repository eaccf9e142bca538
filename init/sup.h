/* SPDX-License-Identifier: ISC */
/*
 * What a supervisor does about a service: a table state x event -> (next state, action), and
 * how long it waits before it starts one again. Pure: svc.c carries the actions out.
 */
#ifndef XLAB_INIT_SUP_H
#define XLAB_INIT_SUP_H

#include <stdint.h>

/* X(id, meaning) */
#define SUP_STATES(X) \
	X(DOWN, "not running, and nobody waits for it to") \
	X(UP, "running") \
	X(WAIT, "ended by itself; starts again when its timer fires") \
	X(STOPPING, "asked to end; killed when its timer fires") \
	X(KILLED, "killed; given up when its timer fires")

#define SUP_EVENTS(X) \
	X(START, "it shall run") \
	X(EXIT, "its process ended, or could not be started") \
	X(TIMER, "its timer fired") \
	X(STOP, "it shall not run")

/* Every action but NONE first clears the timer. */
#define SUP_ACTIONS(X) \
	X(NONE, "nothing") \
	X(SPAWN, "start the process") \
	X(RETRY, "kill what is left of its group, set the timer to the back-off") \
	X(TERM, "send its stop signal to the group, set the timer to the stop time") \
	X(KILL, "kill the group, set the timer to the kill time") \
	X(REST, "kill what is left of its group")

#define SUP_STATE_ENUM(id, text) SVC_##id,
#define SUP_EVENT_ENUM(id, text) EV_##id,
#define SUP_ACTION_ENUM(id, text) ACT_##id,
enum sup_state { SUP_STATES(SUP_STATE_ENUM) SVC_COUNT };
enum sup_event { SUP_EVENTS(SUP_EVENT_ENUM) EV_COUNT };
enum sup_action { SUP_ACTIONS(SUP_ACTION_ENUM) ACT_COUNT };
#undef SUP_STATE_ENUM
#undef SUP_EVENT_ENUM
#undef SUP_ACTION_ENUM

#define SUP_BACKOFF_MIN_MS 100
#define SUP_BACKOFF_MAX_MS 30000
#define SUP_STEADY_MS 10000	/* who lived this long begins again with the shortest wait */
#define SUP_STOP_MS 5000
#define SUP_KILL_MS 2000

struct sup_step {
	enum sup_state next;
	enum sup_action action;
};

struct sup_step sup_step(enum sup_state state, enum sup_event event);

/* How long to wait before the next start, given the last wait (0: none yet) and the last life. */
unsigned sup_backoff(unsigned last_ms, uint64_t lived_ms);

#endif
