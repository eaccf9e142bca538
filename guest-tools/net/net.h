/* SPDX-License-Identifier: ISC */
/*
 * xlab-net: brings up the interfaces of a network specification, each for itself: what one waits
 * for or fails at does not hold up the others. Nothing here blocks but the ip commands.
 */
#ifndef XLAB_NET_H
#define XLAB_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest-tools/lib/netspec.h"

enum card_state {
	CARD_ABSENT, /* waited for */
	CARD_STATIC, /* configured, for good */
	CARD_DHCP,   /* has a client, or will have one again at .at */
	CARD_FAILED  /* given up */
};

struct card {
	const struct netspec_iface *spec;
	enum card_state state;
	char name[16];	 /* of the interface, once it is found */
	pid_t client;	 /* 0: none runs */
	int64_t started; /* when it did, ms */
	int64_t at;	 /* CARD_ABSENT: given up then; CARD_DHCP without a client: started then */
	int backoff_ms;
	bool leased; /* has had a lease */
	bool asking; /* it was said that there is none yet */
	uint32_t dns[NETSPEC_DNS_MAX];
	size_t ndns;
};

/* net.c: the cards together. */

/* Takes a step wherever one is due. Returns ms until the next, -1 for never. */
int net_step(void);

/* Begins with those specifications, which are kept. lease_fd is where the clients' scripts write
 * what net_lease() reads. */
void net_init(const struct netspec *spec, int lease_fd);

/* Takes what a client's script says, a line without its newline. Hostile: a DHCP server is in it.
 */
void net_lease(const char *line, size_t len, void *arg);

/* Notes that a child has ended. */
void net_reaped(pid_t pid, int status);

bool net_is_settled(void); /* each is configured, has had a lease, or has failed */
bool net_has_work(void);   /* something is waited for or looked after */
bool net_has_failed(void); /* one of them */

/* Sends all clients a signal. Returns how many there are. */
int net_signal(int sig);

/* iface.c */

/* Finds the interface that a specification means. 0, -ENOENT, or -errno. */
int iface_find(const struct netspec_iface *spec, char name[16]);

/* ip.c: programs */

/* Gives an interface its addresses and route. 0, or -1 when a command failed: it has said why. */
int ip_configure(const char *name, const struct netspec_iface *spec);

/* Starts a DHCP client whose script has lease_fd for its standard output. Its process id or -errno.
 */
pid_t ip_start_client(const char *name, int lease_fd);

/* resolv.c: writes the name servers of all cards to the resolver's file. 0 or -errno. */
int resolv_write(const struct card *cards, size_t n);

#endif
