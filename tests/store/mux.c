/* SPDX-License-Identifier: ISC */
#include "tests/store/mux.h"

#include <errno.h>
#include <stdio.h>
#include <xen/io/xs_wire.h>

/* A request's number on the ring is its client's, times this, and the slot. */
enum { SLOTS = MUX_CLIENTS + 1, HEAD = sizeof(struct xsd_sockmsg) };

unsigned mux_slot(const struct mux *m)
{
	unsigned i = 0;

	while (i < MUX_CLIENTS && (m->clients[i].fd >= 0 || m->clients[i].owed))
		i++;
	return i;
}

static void mux_queue(struct mux *m, unsigned slot, struct xsd_sockmsg head, const char *data)
{
	head.req_id = head.req_id * SLOTS + slot;
	bytes_add(&m->req, &head, sizeof(head));
	bytes_add(&m->req, data, head.len);
	if (slot < MUX_CLIENTS)
		m->clients[slot].owed++;
}

/* The token of a watch gets its client's serial number in front, for its events to be known by. */
static bool mux_watch(struct mux *m, unsigned slot, struct xsd_sockmsg head, const char *data)
{
	size_t path = strnlen(data, head.len) + 1;
	char buf[XENSTORE_PAYLOAD_MAX], serial[16];
	size_t n = (size_t)snprintf(serial, sizeof(serial), "%u:", m->clients[slot].serial);

	if (path >= head.len || head.len + n > sizeof(buf))
		return false;
	memcpy(buf, data, path);
	memcpy(buf + path, serial, n);
	memcpy(buf + path + n, data + path, head.len - path);
	head.len += (uint32_t)n;
	mux_queue(m, slot, head, buf);
	return true;
}

void mux_take(struct mux *m, unsigned slot)
{
	struct mux_client *c = &m->clients[slot];
	struct xsd_sockmsg head;
	size_t done = 0;

	while (!c->raw && c->in.len - done >= HEAD) {
		const char *data = c->in.at + done + HEAD;

		memcpy(&head, c->in.at + done, HEAD);
		c->raw = head.len > XENSTORE_PAYLOAD_MAX;
		if (c->raw || c->in.len - done < HEAD + head.len)
			break;
		if ((head.type != XS_WATCH && head.type != XS_UNWATCH) ||
		    !mux_watch(m, slot, head, data))
			mux_queue(m, slot, head, data);
		done += HEAD + head.len;
	}
	bytes_drop(&c->in, done);
	if (!c->raw)
		return;
	bytes_add(&m->req, c->in.at, c->in.len);
	c->in.len = 0;
}

static void mux_answer(struct mux *m, struct xsd_sockmsg head, const char *data)
{
	struct mux_client *c = &m->clients[head.req_id % SLOTS];

	if (head.req_id % SLOTS == MUX_CLIENTS)
		return;
	if (c->owed)
		c->owed--;
	if (c->fd < 0)
		return;
	head.req_id /= SLOTS;
	bytes_add(&c->out, &head, sizeof(head));
	bytes_add(&c->out, data, head.len);
}

static void mux_event(struct mux *m, struct xsd_sockmsg head, const char *data)
{
	size_t path = strnlen(data, head.len) + 1;
	char *colon = path < head.len ? memchr(data + path, ':', head.len - path) : NULL;
	unsigned long serial = colon ? strtoul(data + path, NULL, 10) : 0;
	size_t cut = colon ? (size_t)(colon + 1 - data) - path : 0;

	for (unsigned i = 0; i < MUX_CLIENTS; i++) {
		struct mux_client *c = &m->clients[i];

		if (c->fd < 0 || c->serial != serial)
			continue;
		head.len -= (uint32_t)cut;
		bytes_add(&c->out, &head, sizeof(head));
		bytes_add(&c->out, data, path);
		bytes_add(&c->out, data + path + cut, head.len - path);
		return;
	}
}

/* Hands out the whole messages that have come from the ring. */
static void mux_deliver(struct mux *m)
{
	struct xsd_sockmsg head;
	size_t done = 0;

	while (m->rsp.len - done >= HEAD) {
		const char *data = m->rsp.at + done + HEAD;

		memcpy(&head, m->rsp.at + done, HEAD);
		if (m->rsp.len - done < HEAD + head.len)
			break;
		if (head.type == XS_WATCH_EVENT)
			mux_event(m, head, data);
		else
			mux_answer(m, head, data);
		done += HEAD + head.len;
	}
	bytes_drop(&m->rsp, done);
}

/* Moves what there is room for into the ring. */
static bool mux_push(struct mux *m)
{
	struct bus_ring *r = m->ring;
	uint32_t prod = r->req_prod, room = BUS_RING - (prod - r->req_cons);
	size_t n = m->req.len < room ? m->req.len : room;

	for (size_t i = 0; i < n; i++)
		r->req[(prod + i) % BUS_RING] = m->req.at[i];
	r->req_prod = prod + (uint32_t)n;
	bytes_drop(&m->req, n);
	return n > 0;
}

/* A client that does not read stops its whole guest. */
static bool mux_is_stuffed(const struct mux *m)
{
	for (unsigned i = 0; i < MUX_CLIENTS; i++)
		if (m->clients[i].out.len > MUX_QUEUE)
			return true;
	return false;
}

bool mux_has_more(const struct mux *m)
{
	return m->ring->rsp_prod != m->ring->rsp_cons && !mux_is_stuffed(m);
}

/* Takes what the ring holds. True when the daemon may be waiting for the room: when it was full, or
 * a message is not whole yet. Linux 6.1 (drivers/xen/xenbus/xenbus_comms.c) tells it only of the
 * first; then oxenstored, which found it full just before some was taken, waits until its poll
 * ends. */
static bool mux_pull(struct mux *m)
{
	struct bus_ring *r = m->ring;
	uint32_t cons = r->rsp_cons, n = r->rsp_prod - cons;
	char *to;

	if (n > BUS_RING || !mux_has_more(m))
		return false;
	to = bytes_room(&m->rsp, n);
	for (uint32_t i = 0; i < n; i++)
		to[i] = r->rsp[(cons + i) % BUS_RING];
	m->rsp.len += n;
	r->rsp_cons = cons + n;
	mux_deliver(m);
	return m->rsp.len || r->rsp_prod - cons >= BUS_RING;
}

bool mux_move(struct mux *m)
{
	bool told = mux_push(m);

	return mux_pull(m) || told;
}

void mux_left(struct mux *m, unsigned slot)
{
	struct mux_client *c = &m->clients[slot];

	c->fd = -1;
	c->in.len = c->out.len = 0;
	for (unsigned i = 0; i < MUX_CLIENTS; i++)
		if (m->clients[i].fd >= 0)
			return;
	if (!c->raw)
		mux_queue(m, MUX_CLIENTS,
			  (struct xsd_sockmsg){ .type = XS_RESET_WATCHES, .len = 1 }, "");
}
