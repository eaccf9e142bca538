/* SPDX-License-Identifier: ISC */
#ifndef TESTS_STORE_DAEMON_H
#define TESTS_STORE_DAEMON_H

#include "tests/store/harness.h"

/* Becomes the daemon that h->which names. Does not return. */
_Noreturn void daemon_exec(const struct harness *h);

/* Puts what it has said on stderr. */
void daemon_show_log(const struct harness *h);

#endif
