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
	t->cost += t->asked;
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
	char ack_path[64], head_path[64], ack[12], head[12];
};

/* Asks to acknowledge what is new, and what there is by then, where it is likely that there is
 * more. Returns how many requests that are. */
static int answer_ask(struct answer *a, const struct turn *t, struct xst_op ops[2])
{
	guest_ack(&t->d->guest, a->ack);
	if (!a->ack[0])
		return 0;
	ops[0] = (struct xst_op){
		.verb = XST_WRITE,
		.path = source_xs_path(&t->d->src, XPK_ACK, a->ack_path, sizeof(a->ack_path)),
		.buf = a->ack,
		.size = strlen(a->ack),
	};
	ops[1] = read_op(t->d, XPK_HEAD, a->head_path, a->head, sizeof(a->head));
	return t->news.n > 1 ? 2 : 1;
}

static void answer_take(const struct answer *a, struct turn *t, const struct xst_op *ops)
{
	t->r = t->asked ? ops[0].result : 0;
	if (t->asked > 1)
		guest_seen(&t->d->guest, a->head, ops[1].result);
	t->r = guest_told(&t->d->guest, t->r);
}

int group_acknowledge(struct group *g, struct domains *d)
{
	struct answer answers[GROUP_MAX];
	int n = 0, r;

	for (int i = 0; i < g->n; n += g->turns[i++].asked)
		g->turns[i].asked = answer_ask(&answers[i], &g->turns[i], &g->ops[n]);
	r = n ? xst_batch(d->xs, g->ops, (size_t)n) : 0;
	n = 0;
	for (int i = 0; i < g->n && !r; n += g->turns[i++].asked)
		answer_take(&answers[i], &g->turns[i], &g->ops[n]);
	return r;
}
