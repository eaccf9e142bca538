/* SPDX-License-Identifier: ISC */
#include "tests/store/swarm.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "guest-tools/lib/io.h"
#include "host/proc.h"

enum { BACKSTOP_MS = 1000 };

void guest_write(struct swarm_guest *g, const char *path, const void *val, size_t len)
{
	wire_write(&g->w, 0, path, val, len);
	g->asked = g->w.last;
}

void guest_words(struct swarm_guest *g, uint32_t type, const char *a, const char *b)
{
	wire_words(&g->w, type, 0, a, b);
	g->asked = g->w.last;
}

void guest_bytes(struct swarm_guest *g, uint32_t type, const void *data, size_t len)
{
	wire_ask(&g->w, type, 0, data, len);
	g->asked = g->w.last;
}

/* xorshift64 (Marsaglia, 2003). */
uint64_t guest_random(struct swarm_guest *g)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return g->random;
}

int swarm_open(struct swarm *s, unsigned room)
{
	*s = (struct swarm){ .room = room, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	s->guests = calloc(room, sizeof(*s->guests));
	if (!s->guests)
		abort();
	return s->epoll < 0 ? -errno : 0;
}

static void guest_close(struct swarm_guest *g)
{
	wire_close(&g->w);
	bytes_free(&g->burst);
	free(g->text);
	g->text = NULL;
}

void swarm_close(struct swarm *s)
{
	for (unsigned i = 0; i < s->n; i++)
		guest_close(&s->guests[i]);
	free(s->guests);
	if (s->room)
		close(s->epoll);
	*s = (struct swarm){ 0 };
}

void swarm_uuid(unsigned domid, unsigned life, char uuid[40])
{
	snprintf(uuid, 40, "%08x-0000-4000-8000-%012x", domid, life);
}

static int give_run(struct harness *h, unsigned domid, const char *run)
{
	const char *const keys[][2] = {
		{ "mode", "native" }, { "workload", "swarm" }, { "size", "quick" },
		{ "image", "00" },    { "run", run },
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		r = harness_give(h, domid, keys[i][0], keys[i][1]);
	return r;
}

/* The home, and what the host says in it. */
static int guest_home(struct swarm *s, struct harness *h, unsigned domid,
		      const struct swarm_spec *spec)
{
	struct swarm_guest *g = &s->guests[s->n];
	char uuid[40];
	int r;

	if (s->n == s->room)
		return -ENOSPC;
	swarm_uuid(domid, spec->life, uuid);
	r = harness_home(h, domid, uuid);
	if (!r)
		r = give_run(h, domid, spec->run);
	g->spec = *spec;
	g->domid = domid;
	g->random = 0x9e3779b97f4a7c15 * (spec->seed * 4099 + domid + 1);
	g->w.fd = -1;
	s->n += !r;
	return r;
}

static int guest_connect(struct swarm *s, struct harness *h, struct swarm_guest *g)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = g };
	char path[96];
	int r = harness_introduce(h, g->domid, path, sizeof(path));

	if (!r)
		r = wire_open(&g->w, path);
	if (!r && epoll_ctl(s->epoll, EPOLL_CTL_ADD, g->w.fd, &e) < 0)
		r = -errno;
	return r;
}

int swarm_add(struct swarm *s, struct harness *h, unsigned domid, unsigned n,
	      const struct swarm_spec *spec)
{
	unsigned first = s->n;
	int r = 0;

	for (unsigned i = 0; !r && i < n; i++)
		r = guest_home(s, h, domid + i, spec);
	for (unsigned i = 0; !r && i < n; i++)
		r = guest_connect(s, h, &s->guests[first + i]);
	return r;
}

static void guest_break(struct swarm_guest *g)
{
	g->over = g->broken = true;
	close(g->w.fd);
	g->w.fd = -1;
}

static void guest_take(struct swarm_guest *g, const struct wire_msg *m)
{
	int r = wire_error(m);

	if (m->head.type == XS_WATCH_EVENT) {
		g->until = 0;
		g->look = true;
		return;
	}
	if (m->head.req_id == g->asked)
		g->asked = 0;
	if (g->spec.kind->answer)
		g->spec.kind->answer(g, m, r);
}

/* Lets the guest ask as far as it may, and sends that. */
static void guest_turn(struct swarm_guest *g, int64_t now)
{
	struct wire_msg m;

	if (g->w.fd < 0)
		return;
	if (wire_move(&g->w)) {
		guest_break(g);
		return;
	}
	while (wire_next(&g->w, &m))
		guest_take(g, &m);
	if (!g->asked && !g->over && now >= g->until) {
		g->look |= g->until != 0;
		g->until = 0;
		g->pause_ms = BACKSTOP_MS;
		g->spec.kind->next(g);
		if (!g->asked)
			g->until = now + g->pause_ms;
		else if (wire_flush(&g->w))
			guest_break(g);
	}
}

static unsigned swarm_left(const struct swarm *s)
{
	unsigned left = 0;

	for (unsigned i = 0; i < s->n; i++)
		left += !s->guests[i].over && !s->guests[i].spec.kind->endless;
	return left;
}

unsigned swarm_step(struct swarm *s, int ms)
{
	struct epoll_event events[256];
	int64_t now = io_now_ms(), next = now + ms;
	int n;

	for (unsigned i = 0; i < s->n; i++) {
		struct swarm_guest *g = &s->guests[i];

		if (!g->over && !g->asked && now >= g->until)
			guest_turn(g, now);
		if (!g->over && !g->asked && g->until < next)
			next = g->until;
	}
	n = epoll_wait(s->epoll, events, 256, next > now ? (int)(next - now) : 0);
	now = io_now_ms();
	for (int i = 0; i < n; i++)
		guest_turn(events[i].data.ptr, now);
	return swarm_left(s);
}

void swarm_release(struct swarm *s, unsigned samples)
{
	for (unsigned i = 0; i < s->n; i++) {
		s->guests[i].may = samples;
		s->guests[i].until = 0;
	}
}

int swarm_run(struct swarm *s, int deadline_ms)
{
	long long until = proc_clock_ms() + deadline_ms;

	while (swarm_step(s, 100))
		if (proc_left_ms(until) == 0)
			return -ETIMEDOUT;
	return 0;
}
