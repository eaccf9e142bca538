/* SPDX-License-Identifier: ISC */
#include "guest-tools/net/net.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "guest-tools/lib/io.h"
#include "guest-tools/lib/log.h"

enum {
	APPEAR_MS = 10 * 1000, /* an interface has that long to come */
	LOOK_MS = 50,	       /* while one is waited for */
	BACKOFF_MS = 1000,
	BACKOFF_MAX_MS = 60 * 1000
};

static struct card cards[NETSPEC_MAX];
static size_t ncards;
static int lease_pipe;

void net_init(const struct netspec *spec, int lease_fd)
{
	lease_pipe = lease_fd;
	ncards = spec->n;
	for (size_t i = 0; i < ncards; i++)
		cards[i] = (struct card){ .spec = &spec->iface[i],
					  .at = io_now_ms() + APPEAR_MS,
					  .backoff_ms = BACKOFF_MS };
}

static void card_dns(struct card *c, const uint32_t *dns, size_t n)
{
	int r;

	if (n == c->ndns && !memcmp(c->dns, dns, n * sizeof(*dns)))
		return;
	memcpy(c->dns, dns, n * sizeof(*dns));
	c->ndns = n;
	r = resolv_write(cards, ncards);
	if (r)
		log_warnx("%s: cannot write the name servers: %s", c->name, strerror(-r));
}

static bool is_taken(const struct card *c)
{
	for (size_t i = 0; i < ncards; i++)
		if (&cards[i] != c && cards[i].state != CARD_FAILED &&
		    !strcmp(cards[i].name, c->name))
			return true;
	return false;
}

static void card_configure(struct card *c)
{
	char addr[NETSPEC_ADDR_TEXT];

	if (is_taken(c)) {
		log_warnx("%s: %s is configured already, under another name", c->spec->id, c->name);
		c->state = CARD_FAILED;
	} else if (c->spec->dhcp) {
		c->state = CARD_DHCP;
		c->at = 0;
	} else if (ip_configure(c->name, c->spec)) {
		c->state = CARD_FAILED;
	} else {
		c->state = CARD_STATIC;
		card_dns(c, c->spec->dns, c->spec->ndns);
		log_info("%s: %s/%u", c->name, netspec_addr_format(c->spec->addr, addr),
			 c->spec->prefix);
	}
}

static void card_look(struct card *c, int64_t now)
{
	int r = iface_find(c->spec, c->name);

	if (!r) {
		card_configure(c);
	} else if (r != -ENOENT || now >= c->at) {
		log_warnx("%s: %s", c->spec->id,
			  r == -ENOENT ? "there is no such interface" : strerror(-r));
		c->name[0] = '\0';
		c->state = CARD_FAILED;
	}
}

/* The next client comes later, and later still, unless this one did well. */
static void card_later(struct card *c, int64_t now)
{
	if (now - c->started >= BACKOFF_MAX_MS)
		c->backoff_ms = BACKOFF_MS;
	c->client = 0;
	c->at = now + c->backoff_ms;
	c->backoff_ms = c->backoff_ms * 2 < BACKOFF_MAX_MS ? c->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void card_start(struct card *c, int64_t now)
{
	c->started = now;
	c->client = ip_start_client(c->name, lease_pipe);
	if (c->client > 0)
		return;
	log_warnx("%s: cannot start a DHCP client: %s", c->name, strerror(-c->client));
	card_later(c, now);
}

/* Returns ms until there is something to do, -1 for never. */
static int card_step(struct card *c)
{
	int64_t now = io_now_ms();

	if (c->state == CARD_ABSENT)
		card_look(c, now);
	if (c->state == CARD_ABSENT)
		return LOOK_MS;
	if (c->state == CARD_DHCP && !c->client && now >= c->at)
		card_start(c, now);
	return c->state == CARD_DHCP && !c->client ? (int)(c->at - now) : -1;
}

int net_step(void)
{
	int least = -1;

	for (size_t i = 0; i < ncards; i++) {
		int ms = card_step(&cards[i]);

		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}

/* "lease ADDR [DNS]...", "none" or "failed": its words, as far as they are what they should be. */
static void card_hear(struct card *c, char *words)
{
	uint32_t addr, dns[NETSPEC_DNS_MAX];
	size_t ndns = 0;
	char *save, *word = strtok_r(words, " ", &save), text[NETSPEC_ADDR_TEXT];

	if (word && !strcmp(word, "failed")) {
		log_warnx("%s: cannot take the lease", c->name);
	} else if (word && !strcmp(word, "none") && !c->asking) {
		log_warnx("%s: no DHCP server has answered: still asking", c->name);
		c->asking = true;
	}
	if (!word || strcmp(word, "lease") || !(word = strtok_r(NULL, " ", &save)) ||
	    netspec_addr_parse(word, &addr))
		return;
	while (ndns < NETSPEC_DNS_MAX && (word = strtok_r(NULL, " ", &save)))
		ndns += !netspec_addr_parse(word, &dns[ndns]);
	card_dns(c, dns, ndns);
	if (!c->leased || c->asking)
		log_info("%s: %s by DHCP", c->name, netspec_addr_format(addr, text));
	c->leased = true;
	c->asking = false;
}

void net_lease(const char *line, size_t len, void *arg)
{
	char copy[256], *words;

	(void)arg;
	if (len >= sizeof(copy))
		return;
	memcpy(copy, line, len);
	copy[len] = '\0';
	words = strchr(copy, ' ');
	if (!words)
		return;
	*words++ = '\0';
	for (size_t i = 0; i < ncards; i++)
		if (cards[i].state == CARD_DHCP && !strcmp(cards[i].name, copy))
			card_hear(&cards[i], words);
}

void net_reaped(pid_t pid, int status)
{
	for (size_t i = 0; i < ncards; i++) {
		struct card *c = &cards[i];

		if (c->client != pid)
			continue;
		card_later(c, io_now_ms());
		log_warnx("%s: the DHCP client ended with %s %d: starting it again in %d s",
			  c->name, WIFSIGNALED(status) ? "signal" : "status",
			  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			  (int)((c->at - io_now_ms() + 999) / 1000));
	}
}

bool net_is_settled(void)
{
	for (size_t i = 0; i < ncards; i++)
		if (cards[i].state == CARD_ABSENT ||
		    (cards[i].state == CARD_DHCP && !cards[i].leased))
			return false;
	return true;
}

bool net_has_work(void)
{
	for (size_t i = 0; i < ncards; i++)
		if (cards[i].state == CARD_ABSENT || cards[i].state == CARD_DHCP)
			return true;
	return false;
}

bool net_has_failed(void)
{
	for (size_t i = 0; i < ncards; i++)
		if (cards[i].state == CARD_FAILED)
			return true;
	return false;
}

int net_signal(int sig)
{
	int n = 0;

	for (size_t i = 0; i < ncards; i++) {
		if (cards[i].client <= 0)
			continue;
		kill(cards[i].client, sig);
		n++;
	}
	return n;
}
