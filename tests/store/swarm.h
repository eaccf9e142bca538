/* SPDX-License-Identifier: ISC */
/*
 * Any number of guests in one loop, each a client of its own ring. What a guest is to do is data; a
 * kind of guest is two functions, which are called when it may ask xenstore for something and when
 * it was answered.
 */
#ifndef TESTS_STORE_SWARM_H
#define TESTS_STORE_SWARM_H

#include "guest-tools/proto/proto.h"
#include "tests/store/harness.h"
#include "tests/store/wire.h"

struct swarm_guest;

struct swarm_kind {
	const char *name;
	bool endless; /* the loop does not wait for its end */
	/* Asks by guest_write() or guest_words(), any number of times, or sets pause_ms or over.
	 * Called when nothing is outstanding; when it asks for nothing it is called again after an event or the pause. */
	void (*next)(struct swarm_guest *g);
	/* Takes the answer; r is 0 or -errno. NULL: it does not care. */
	void (*answer)(struct swarm_guest *g, const struct wire_msg *m, int r);
};

/* What a guest is to do. */
struct swarm_spec {
	const struct swarm_kind *kind;
	const char *run;   /* name of the run it belongs to */
	unsigned life;	   /* which domain of that number it is: another life has another UUID */
	unsigned records;  /* samples, between the guest's own record and the end */
	unsigned size;	   /* bytes in a sample; less than is needed: as many as are needed */
	unsigned every_ms; /* from one sample to the next; 0: as fast as may be */
	bool sync; /* each record waits for the host to have the one before, as with every_ms */
	bool hold; /* samples, and the end, wait for swarm_release() */
	unsigned stop_at; /* an honest guest ends when that many pieces are stored; 0: at its end */
	uint64_t seed;
};

struct swarm_guest {
	struct swarm_spec spec;
	unsigned domid;
	struct wire w;
	uint32_t asked;	   /* number of the last outstanding request; 0: none */
	int pause_ms;	   /* what next() wants; the loop turns it into a time */
	int64_t until;	   /* of the pause, which an event ends */
	bool look;	   /* an event has come, or the pause is over */
	bool over, broken; /* it has ended; its connection has */

	/* Of the kind. */
	unsigned phase, doing, record;
	unsigned may;		 /* where it is held: how many samples it may begin */
	unsigned refused, wrong; /* answers: no room; what should not be */
	uint64_t random;
	char *text;	/* of the record being sent */
	int64_t due;	/* when the next one is */
	uint32_t shown; /* the newest head that was written */
	struct xp_sender sender;
	struct bytes burst; /* the newest pieces, as they were sent */
	bool again;	    /* something of them was refused */
};

struct swarm {
	struct swarm_guest *guests;
	unsigned n, room;
	int epoll;
};

/* All abort when there is no memory. Functions return 0 or -errno. */
int swarm_open(struct swarm *s, unsigned room);
void swarm_close(struct swarm *s);

/* Makes n domains from domid on in the harness, tells them to run, and lets them connect. */
int swarm_add(struct swarm *s, struct harness *h, unsigned domid, unsigned n,
	      const struct swarm_spec *spec);

/* The UUID that it gets. */
void swarm_uuid(unsigned domid, unsigned life, char uuid[40]);

/* One turn of the loop, which waits at most ms. Returns how many guests have not ended, endless
 * ones not counted. */
unsigned swarm_step(struct swarm *s, int ms);

/* Lets those that are held begin that many samples, counted from their first; the end too where that
 * is more than they have. */
void swarm_release(struct swarm *s, unsigned samples);

/* Turns until all have ended: 0, or -ETIMEDOUT. */
int swarm_run(struct swarm *s, int deadline_ms);

/* For kinds: one request. xenstored answers those of a guest in order. */
void guest_write(struct swarm_guest *g, const char *path, const void *val, size_t len);
void guest_words(struct swarm_guest *g, uint32_t type, const char *a, const char *b);
void guest_bytes(struct swarm_guest *g, uint32_t type, const void *data, size_t len);
uint64_t guest_random(struct swarm_guest *g);

/* Follows the protocol to the letter. */
extern const struct swarm_kind swarm_honest;

#endif
