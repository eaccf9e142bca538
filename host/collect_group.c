/* SPDX-License-Identifier: ISC */
#include "host/collect_group.h"

#include <string.h>

static struct xst_op read_op(const struct domain *d, unsigned key, char path[64], char *buf,
			     size_t size)
{
	return (struct xst_op){
		.verb = XST_READ,
		.path = source_xs_path(&d->src, key, path, 64),
		.buf = buf,
		.size = size,
	};
}

/* Adds what a turn has to ask. Returns how many values that are. */
static int turn_ask(struct group *g, struct turn *t, int first)
{
	t->asked = t->r ? 0 : guest_ask(&t->news, &g->values[first]);
	for (int i = first; i < first + t->asked; i++) {
		const struct source_value *v = &g->values[i];

		g->ops[i] = read_op(t->d, v->key, g->paths[i], v->buf, v->size);
	}
	return t->asked;
}

static void turn_take(struct group *g, struct turn *t, int first)
{
	for (int i = first; i < first + t->asked; i++)
		g->values[i].len = g->ops[i].result;
	if (t->asked)
		t->r = guest_take(&t->d->guest, &t->news, &g->values[first], t->asked);
}

int group_read(struct group *g, struct domains *d)
{
	int n, r;

	for (int i = 0; i < g->n; i++) {
		g->turns[i].news.pieces = g->pieces[i];
		guest_begin(&g->turns[i].d->guest, &g->turns[i].news);
	}
	do {
		n = 0;
		for (int i = 0; i < g->n; i++)
			n += turn_ask(g, &g->turns[i], n);
		r = n ? xst_batch(d->xs, g->ops, (size_t)n) : 0;
		n = 0;
		for (int i = 0; i < g->n && !r; n += g->turns[i++].asked)
			turn_take(g, &g->turns[i], n);
	} while (!r && n);
	return r;
}

/* What is written for a turn, and read behind it. */
struct answer {
	struct turn *turn;
	char ack_path[64], head_path[64], ack[12], head[12];
};

static bool answer_ask(struct answer *a, struct turn *t, struct xst_op ops[2])
{
	a->turn = t;
	guest_ack(&t->d->guest, a->ack);
	if (!a->ack[0])
		return false;
	ops[0] = (struct xst_op){
		.verb = XST_WRITE,
		.path = source_xs_path(&t->d->src, XPK_ACK, a->ack_path, sizeof(a->ack_path)),
		.buf = a->ack,
		.size = strlen(a->ack),
	};
	ops[1] = read_op(t->d, XPK_HEAD, a->head_path, a->head, sizeof(a->head));
	return true;
}

int group_acknowledge(struct group *g, struct domains *d)
{
	struct answer answers[GROUP_MAX];
	int n = 0, r;

	for (int i = 0; i < g->n; i++)
		if (answer_ask(&answers[n], &g->turns[i], &g->ops[2 * n]))
			n++;
	r = n ? xst_batch(d->xs, g->ops, 2 * (size_t)n) : 0;
	for (int i = 0; i < n && !r; i++) {
		answers[i].turn->r = g->ops[2 * i].result;
		guest_seen(&answers[i].turn->d->guest, answers[i].head, g->ops[2 * i + 1].result);
	}
	for (int i = 0; i < g->n && !r; i++)
		g->turns[i].r = guest_told(&g->turns[i].d->guest, g->turns[i].r);
	return r;
}
