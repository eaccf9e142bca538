/* SPDX-License-Identifier: ISC */
/* The domains that a collector knows, and what it has to look at of each. */
#ifndef HOST_COLLECT_DOMAIN_H
#define HOST_COLLECT_DOMAIN_H

#include "host/barrier.h"
#include "host/collect.h"

/* X(bit, letter that begins the tokens of its watch, key) */
#define DOMAIN_WATCHES(X) \
	X(RUN, 'r', XPK_RUN) \
	X(VERSION, 'v', XPK_VERSION) \
	X(HEAD, 'h', XPK_HEAD) \
	X(STATE, 's', XPK_STATE) \
	X(PROGRESS, 'p', XPK_PROGRESS) \
	X(TIME, 't', XPK_TIME)

enum domain_look {
#define DOMAIN_LOOK(id, letter, key) LOOK_##id,
	DOMAIN_WATCHES(DOMAIN_LOOK)
#undef DOMAIN_LOOK
	LOOK_COUNT
};

/* What makes a guest worth reading, and not just looking at. */
#define LOOK_NEWS (1u << LOOK_RUN | 1u << LOOK_VERSION | 1u << LOOK_HEAD)

enum {
	DOMID_COUNT = 0x7ff0, /* xen.git xen/include/public/xen.h: DOMID_FIRST_RESERVED */
	LOOK_ALL = (1 << LOOK_COUNT) - 1
};

/* A domain that exists. It is bound, that is, has a row in the store, when it belongs to a run. */
struct domain {
	struct domain *next, *next_due; /* of all; of those to be looked at */
	unsigned domid;
	unsigned looks;	  /* bits of what has changed */
	unsigned watches; /* bits of what is watched */
	unsigned long known_at; /* how many changes of domains it has outlived; 0: unknown */
	bool due, seen, bound;
	bool odd;	  /* that it cannot be served has been said */
	bool answered;	  /* it has had an answer since its home was last seen */
	int64_t reads_left, reads_at; /* of what it may cost, in thousandths; since, ms */
	struct source_xs src;
	struct guest guest;
	enum xp_state state;	    /* as it says, no more */
	uint32_t step, steps;	    /* the same */
	uint32_t shown;		    /* follow's: CRC of its line */
	struct barrier_member member;
};

struct domains {
	struct xst *xs;
	struct domain *all, *by_id[DOMID_COUNT];
	struct domain *due, **due_end;
	int due_count;
	unsigned long changes; /* how often domains came or went, as far as has been heard */
};

/* Domains came or went, or may have. */
void domains_changed(struct domains *d);

/* A watch has fired: notes what has changed of which domain, and makes that due. Its token may be that
 * of a domain which is none of ours any more. */
void domains_event(struct domains *d, const char *token);

/* Whether what has just been read is of the domain that we know, and not of another in its place.
 * xenstored is asked only when it has spoken of domains since it was last asked, or of this one's
 * home being made: it says what has changed before it answers what is asked later. 0, -ESTALE or
 * -errno. */
int domains_still(struct domains *d, struct domain *dom);

/* Makes the domain due for a look at what the bits say, behind those that are. */
void domains_due(struct domains *d, struct domain *dom, unsigned looks);

/* Takes the first that is due. */
struct domain *domains_next(struct domains *d);

/* Compares with the domains that exist: begins to watch those that are new, and calls gone() for
 * those that are not there any more, before it forgets them. An answer that came too late has made
 * a home again; that is removed. 0 or -errno. */
int domains_rescan(struct domains *d, void (*gone)(struct domain *dom, void *arg), void *arg);

/* Whether the domain of that number is there and has that UUID. 1, 0 or -errno. */
int domains_has(struct domains *d, unsigned domid, const char *uuid);

/* Forgets one without a word. */
void domains_forget(struct domains *d, struct domain *dom);

/* The same with all, whose watches end with the connection: xenstored is not asked for anything. */
void domains_clear(struct domains *d);

/* Watches what the bits say, if it does not yet. 0 or -errno. */
int domains_watch(struct domains *d, struct domain *dom, unsigned looks);

/* "domain 7 (pv)" */
const char *domain_title(const struct domain *dom, char *buf, size_t size);

#endif
