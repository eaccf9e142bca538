/* SPDX-License-Identifier: ISC */
/*
 * Domains that a collector serves together: what they have new is read in few round trips, however
 * many they are, stored with one fsync, and acknowledged in one round trip more.
 */
#ifndef HOST_COLLECT_GROUP_H
#define HOST_COLLECT_GROUP_H

#include "host/collect_domain.h"

/* Domains, and what they are asked at once. */
enum { GROUP_MAX = 32, GROUP_ASK_MAX = GROUP_MAX * GUEST_ASK_MAX };

/* A domain whose turn it is. */
struct turn {
	struct domain *d;
	struct guest before; /* as it was when its news had been read */
	struct guest_news news;
	int asked; /* how many answers it waits for */
	int cost;  /* how many it has had */
	int r;	   /* how reading it went, and then how acknowledging; 0 or -errno */
};

struct group {
	struct turn turns[GROUP_MAX];
	int n;
	struct guest_text pieces[GROUP_MAX][XP_WINDOW];
	struct source_value values[GROUP_ASK_MAX];
	struct xst_op ops[GROUP_ASK_MAX];
	char paths[GROUP_ASK_MAX][64];
};

/* Reads what the group's domains have new, into their turns. 0 or -errno of xenstore's. */
int group_read(struct group *g, struct domains *d);

/* Puts the acknowledgements of what is stored, and sees what there is by then of those who had
 * much. 0 or -errno of xenstore's. */
int group_acknowledge(struct group *g, struct domains *d);

#endif
