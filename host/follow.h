/* SPDX-License-Identifier: ISC */
/*
 * What `xlab collect --follow` shows on standard output: on a terminal a table, drawn again when
 * something has changed; otherwise a line for each change. What guests say is shown as printable
 * ASCII and no longer than its column.
 */
#ifndef HOST_FOLLOW_H
#define HOST_FOLLOW_H

#include <stdint.h>

#include "host/collect_domain.h"

struct follow;

/* Never NULL: it ends the program where there is no memory. */
struct follow *follow_open(void);
void follow_close(struct follow *f); /* NULL is fine */

/* A domain has changed; one goes. */
void follow_change(struct follow *f);
void follow_gone(struct follow *f, const struct domain *d, struct store *s);

/* When there is something to draw, ms of io_now_ms(); INT64_MAX for never. */
int64_t follow_due(const struct follow *f);

/* Draws, if that is due. */
void follow_draw(struct follow *f, const struct domains *domains, struct store *s);

#endif
