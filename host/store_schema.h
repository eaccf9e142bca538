/* SPDX-License-Identifier: ISC */
/* Which tables a store has, version by version. For store.c alone. */
#ifndef HOST_STORE_SCHEMA_H
#define HOST_STORE_SCHEMA_H

#include "host/store.h"

/*
 * Brings an empty file or a store of any version to the newest, a transaction each version; one
 * that was opened to read it shows as one of the newest, and stays what it is. 0, -EPROTO for what
 * is no store, or has other tables than a store of its version has, -EPROTONOSUPPORT for a newer
 * one's, -ENOMEM, -EIO. A file of somebody else's is not changed.
 */
int store_schema(struct store *s);

#endif
