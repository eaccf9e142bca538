/* SPDX-License-Identifier: ISC */
/*
 * The host's side of the protocol for one guest: read what is new, store it, acknowledge it. The
 * three are apart so that a transaction may hold what many guests had to say.
 */
#ifndef HOST_GUEST_H
#define HOST_GUEST_H

#include "host/source.h"
#include "host/store.h"

/* What one boot may leave in the store. Who wants more is refused, and what it had before stays. */
struct guest_limits {
	int64_t bytes;	 /* of pieces */
	int64_t records; /* and of those begun, whether they end or not */
};

enum { GUEST_WHY_MAX = 127 };

struct guest {
	struct source *src;
	const struct guest_limits *limits;
	struct store_guest row;
	uint32_t acked; /* what xlab/ack says; 0 before it was written */
	uint32_t ahead; /* how many pieces it is known to have that have not been read */
	bool greeted;	/* the guest's version is known, and it knows ours */
	bool refused;	/* nothing more is taken: it broke the protocol, or a limit */
	bool told;	/* it knows that */
	char why[GUEST_WHY_MAX + 1];
};

/* What a guest shows, read and not yet stored. */
struct guest_text {
	struct xp_piece piece; /* in text */
	char text[XP_VALUE_MAX + 1];
};
struct guest_news {
	struct guest_text *pieces; /* the caller's, XP_WINDOW of them: what follows the guest's last */
	int n;
	char refused[GUEST_WHY_MAX + 1]; /* why no more can be taken; "" when it can */

	/* How far the reading is. */
	enum guest_step { GUEST_GREET, GUEST_HEAD, GUEST_REST, GUEST_READ } step;
	struct xp_piece last;	    /* the newest piece so far */
	uint32_t head;		    /* the one that is to be read up to */
	char said[16], version[16]; /* by the guest, of its head, and of its version */
};

/* Fills in the row from the host's keys of src (run, mode, workload, size, image) and the given
 * identity. -ENOENT when the guest belongs to no run. store_guest_get() then finds or makes it in
 * the store. */
int guest_identify(struct guest *g, struct source *src, const char *uuid, unsigned domid,
		   bool emulated, const struct guest_limits *limits);

/*
 * Reads what is new; of the guest it changes what is known of its greeting, and ahead. After
 * guest_begin(), as long as guest_ask() returns how many values have to be read (GUEST_ASK_MAX at
 * the most; buffers included), guest_take() is to be given them. So many guests can be asked at
 * once. Whether it still is the same guest is the caller's to find out. guest_take() returns 0 or
 * -errno.
 */
enum { GUEST_ASK_MAX = XP_WINDOW };
void guest_begin(struct guest *g, struct guest_news *news);
int guest_ask(struct guest_news *news, struct source_value *values);
int guest_take(struct guest *g, struct guest_news *news, const struct source_value *values, int n);

/* All of that for one guest. 1 when there is something to store, 0, or -errno. */
int guest_read(struct guest *g, struct guest_news *news);

/* Stores it; between store_begin() and store_commit(). When that fails, *g is to be put back to what
 * it was before. 0 or -errno. */
int guest_store(struct guest *g, struct store *s, const struct guest_news *news);

/* What is to be put as XPK_ACK for what is stored, which must be committed, as text; "" when the
 * guest knows it. guest_told() takes what became of that: 0 or -errno, which is returned. Tells a
 * guest that it is refused. For many guests at once. Who asks for XPK_HEAD right behind may hand
 * the answer, a length or -errno, to guest_seen(), before guest_told(); then less is to be asked
 * next time. */
void guest_ack(const struct guest *g, char buf[12]);
void guest_seen(struct guest *g, const char *head, int len);
int guest_told(struct guest *g, int r);

/* The two for one guest. 0 or -errno. */
int guest_acknowledge(struct guest *g);

/*
 * Reads, stores and acknowledges for one guest, with one fsync. Returns how many pieces were new, or
 * -errno: when the store or xenstore failed nothing was acknowledged, and the call may be repeated.
 */
int guest_serve(struct guest *g, struct store *s);

/* Notes that the guest has gone; it is lost if its workload was not over. */
int guest_gone(struct guest *g, struct store *s);

#endif
