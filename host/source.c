/* SPDX-License-Identifier: ISC */
#include "host/source.h"

int source_get_all(struct source *src, struct source_value *values, size_t n)
{
	if (src->get_all)
		return src->get_all(src, values, n);
	for (size_t i = 0; i < n; i++) {
		struct source_value *v = &values[i];

		v->len = src->get(src, v->key, v->buf, v->size);
	}
	return 0;
}
