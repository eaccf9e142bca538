/* SPDX-License-Identifier: ISC */
/*
 * What a supervisor does about a service: a table state x event -> (next state, action), and
 * how long it waits before it starts one again. Pure: svc.c carries the actions out.
 */
#ifndef XLAB_INIT_SUP_H
#define XLAB_INIT_SUP_H

#include <stdbool.h>
#include <stdint.h>

/* X(id, name for people and programs, meaning) */
#define SUP_STATES(X) \
	X(DOWN, "down", "not running, and nobody waits for it to") \
	X(WAIT, "waiting", "starts when nothing that it is after is in its way") \
	X(STARTING, "starting", "running, and not ready yet") \
	X(UP, "up", "running and ready") \
	X(BACKOFF, "backoff", "ended by itself; starts again when its timer fires") \
	X(DONE, "done", "ran once and ended well") \
	X(FAILED, "failed", "ran once and ended badly") \
	X(STOPPING, "stopping", "asked to end; killed when its timer fires") \
	X(KILLED, "killed", "killed; given up when its timer fires") \
	X(CYCLING, "restarting", "as stopping, and starts again") \
	X(RECYCLED, "rekilled", "as killed, and starts again")

#define SUP_EVENTS(X) \
	X(START, "it shall run") \
	X(STOP, "it shall not run") \
	X(RESTART, "it shall end and run again") \
	X(CLEAR, "nothing that it is after is in its way") \
	X(READY, "it is ready for those after it") \
	X(DIED, "a service that is kept ended, or could not be started") \
	X(DONE, "one that runs once ended well") \
	X(FAILED, "one that runs once ended badly, or could not be started") \
	X(TIMER, "its timer fired")

/* Every action but NONE first clears the timer. */
#define SUP_ACTIONS(X) \
	X(NONE, "nothing") \
	X(SPAWN, "start the process, set the timer to the time it has to be ready") \
	X(READY, "nothing more: its timer is cleared") \
	X(LATE, "say that those after it do not wait any longer") \
	X(RETRY, "kill what is left of its group, set the timer to the back-off") \
	X(TERM, "send its stop signal to the group, set the timer to the stop time") \
	X(KILL, "kill the group, set the timer to the kill time") \
	X(REST, "kill what is left of its group")

#define SUP_STATE_ENUM(id, name, text) SVC_##id,
#define SUP_EVENT_ENUM(id, text) EV_##id,
#define SUP_ACTION_ENUM(id, text) ACT_##id,
enum sup_state { SUP_STATES(SUP_STATE_ENUM) SVC_COUNT };
enum sup_event { SUP_EVENTS(SUP_EVENT_ENUM) EV_COUNT };
enum sup_action { SUP_ACTIONS(SUP_ACTION_ENUM) ACT_COUNT };
#undef SUP_STATE_ENUM
#undef SUP_EVENT_ENUM
#undef SUP_ACTION_ENUM

#define SUP_STEADY_MS 1000	/* who lived this long starts again at once */
#define SUP_KILL_MS 2000

struct sup_step {
	enum sup_state next;
	enum sup_action action;
};

struct sup_step sup_step(enum sup_state state, enum sup_event event);

const char *sup_state_name(enum sup_state state);

/* True when those after a service in that state still have to wait for it. */
bool sup_is_in_the_way(enum sup_state state);

/* True when a service in that state has no process. */
bool sup_is_at_rest(enum sup_state state);

/* Milliseconds between an end and the next start: the first wait, and the longest. */
struct sup_backoff {
	unsigned min_ms, max_ms;
};

/* True when a service in that state always has a timer. */
bool sup_is_timed(enum sup_state state);

/* How long to wait before the next start, given the last wait (0: none yet) and the last life: not
 * at all after a steady one. */
unsigned sup_backoff(const struct sup_backoff *b, unsigned last_ms, uint64_t lived_ms);

#endif
