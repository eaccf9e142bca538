/* SPDX-License-Identifier: ISC */
#include "host/collect_domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	char letter;
	unsigned key;
} watches[LOOK_COUNT] = {
#define DOMAIN_WATCH(id, letter, key) [LOOK_##id] = { letter, key },
	DOMAIN_WATCHES(DOMAIN_WATCH)
#undef DOMAIN_WATCH
};

const char *domain_title(const struct domain *dom, char *buf, size_t size)
{
	snprintf(buf, size, "domain %u (%s)", dom->domid, dom->bound ? dom->guest.row.asked : "?");
	return buf;
}

static void watch_names(const struct domain *dom, int look, char path[64], char token[16])
{
	char key[XP_KEY_MAX];

	snprintf(path, 64, "/local/domain/%u/%s", dom->domid, xp_key_path(watches[look].key, key));
	snprintf(token, 16, "%c%u", watches[look].letter, dom->domid);
}

int domains_watch(struct domains *d, struct domain *dom, unsigned looks)
{
	char path[64], token[16];
	int r = 0;

	for (int i = 0; !r && i < LOOK_COUNT; i++) {
		if (!(looks & ~dom->watches & 1u << i))
			continue;
		watch_names(dom, i, path, token);
		r = xst_watch(d->xs, path, token);
		if (!r)
			dom->watches |= 1u << i;
	}
	return r;
}

void domains_due(struct domains *d, struct domain *dom, unsigned looks)
{
	dom->looks |= looks;
	if (dom->due)
		return;
	dom->due = true;
	dom->next_due = NULL;
	if (!d->due)
		d->due_end = &d->due;
	*d->due_end = dom;
	d->due_end = &dom->next_due;
	d->due_count++;
}

struct domain *domains_next(struct domains *d)
{
	struct domain *dom = d->due;

	if (!dom)
		return NULL;
	d->due = dom->next_due;
	d->due_count--;
	dom->due = false;
	return dom;
}

void domains_event(struct domains *d, const char *token)
{
	uint32_t domid;

	if (!token[0] || xp_number_parse(token + 1, strlen(token + 1), &domid) ||
	    domid >= DOMID_COUNT || !d->by_id[domid])
		return;
	for (int i = 0; i < LOOK_COUNT; i++)
		if (watches[i].letter == token[0])
			domains_due(d, d->by_id[domid], 1u << i);
	if (d->by_id[domid]->looks & 1u << LOOK_RUN)
		d->by_id[domid]->known_at = 0;
}

void domains_changed(struct domains *d)
{
	d->changes++;
}

int domains_still(struct domains *d, struct domain *dom)
{
	int r;

	if (dom->known_at == d->changes)
		return 0;
	dom->known_at = d->changes;
	r = dom->src.src.still(&dom->src.src);
	if (r)
		dom->known_at = 0;
	return r;
}

/* Begins to watch a domain; the watch fires at once, which makes it due. */
static int domain_add(struct domains *d, unsigned domid)
{
	struct domain *dom = calloc(1, sizeof(*dom));

	if (!dom)
		return -ENOMEM;
	dom->domid = domid;
	dom->seen = true;
	source_xs_init(&dom->src, d->xs, domid);
	dom->next = d->all;
	d->all = d->by_id[domid] = dom;
	return domains_watch(d, dom, 1u << LOOK_RUN);
}

static int only_ours(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "xlab") != 0;
}

/* xenstored makes the folders above a node that is written. Where the domain was gone by then, they
 * are nobody's. Returns whether the domain is there. */
static bool domain_is_there(struct domains *d, struct domain *dom)
{
	char home[64];

	if (!dom->answered)
		return true;
	dom->answered = false;
	if (dom->src.src.still(&dom->src.src) != -ENOENT)
		return true;
	snprintf(home, sizeof(home), "/local/domain/%u", dom->domid);
	if (!xst_list(d->xs, home, only_ours, NULL))
		xst_remove(d->xs, home);
	return false;
}

static int domain_listed(const char *name, void *arg)
{
	struct domains *d = arg;
	uint32_t domid;

	if (xp_number_parse(name, strlen(name), &domid) || domid == 0 || domid >= DOMID_COUNT)
		return 0;
	if (!d->by_id[domid])
		return domain_add(d, domid);
	d->by_id[domid]->seen = domain_is_there(d, d->by_id[domid]);
	return 0;
}

static void due_remove(struct domains *d, struct domain *dom)
{
	struct domain **link = &d->due;

	while (*link != dom)
		link = &(*link)->next_due;
	*link = dom->next_due;
	d->due_count--;
	if (!*link)
		d->due_end = link;
}

static void domain_remove(struct domains *d, struct domain *dom)
{
	struct domain **link = &d->all;

	while (*link != dom)
		link = &(*link)->next;
	*link = dom->next;
	barrier_leave(&dom->member);
	if (dom->due)
		due_remove(d, dom);
	d->by_id[dom->domid] = NULL;
	free(dom);
}

int domains_has(struct domains *d, unsigned domid, const char *uuid)
{
	struct domain *dom = domid < DOMID_COUNT ? d->by_id[domid] : NULL;
	char found[40];
	int r = dom ? source_xs_uuid(&dom->src, found, sizeof(found)) : -ENOENT;

	if (r)
		return r == -ENOENT || r == -EINVAL ? 0 : r;
	return !strcmp(found, uuid);
}

void domains_forget(struct domains *d, struct domain *dom)
{
	char path[64], token[16];

	for (int i = 0; i < LOOK_COUNT; i++) {
		if (!(dom->watches & 1u << i))
			continue;
		watch_names(dom, i, path, token);
		xst_unwatch(d->xs, path, token);
	}
	domain_remove(d, dom);
}

void domains_clear(struct domains *d)
{
	while (d->all)
		domain_remove(d, d->all);
}

int domains_rescan(struct domains *d, void (*gone)(struct domain *dom, void *arg), void *arg)
{
	struct domain *dom, *next;
	int r;

	for (dom = d->all; dom; dom = dom->next)
		dom->seen = false;
	r = xst_list(d->xs, "/local/domain", domain_listed, d);
	if (r == -ENOENT) /* there never was one */
		r = 0;
	for (dom = d->all; !r && dom; dom = next) {
		next = dom->next;
		if (dom->seen)
			continue;
		gone(dom, arg);
		domains_forget(d, dom);
	}
	return r;
}
