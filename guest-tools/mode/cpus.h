/* SPDX-License-Identifier: ISC */
/* What only the guest knows of its CPUs: how their time went, and what its kernel does against
 * their weaknesses. Both may differ from what the host sees. */
#ifndef XLAB_CPUS_H
#define XLAB_CPUS_H

#include "guest-tools/lib/json.h"

/* X(name): the columns of proc_stat(5), in order; hundredths of a second since the boot. steal is
 * what the hypervisor gave to others while this guest wanted to run. */
#define CPUS_TICKS(X) X(user) X(nice) X(system) X(idle) X(iowait) X(irq) X(softirq) X(steal)

/* Adds the object "ticks", of all CPUs together and of now, to the one that is open in j; nothing
 * when the kernel below sysroot ("" on a running system) does not say. */
void cpus_ticks_to_json(const char *sysroot, struct json *j);

enum { CPUS_MITIGATIONS_MAX = 32, CPUS_TEXT_MAX = 160 };

/* Adds the object "mitigations", of /sys/devices/system/cpu/vulnerabilities, in the order of their
 * names: at most CPUS_MITIGATIONS_MAX, each cut at CPUS_TEXT_MAX bytes; nothing when there are
 * none. */
void cpus_mitigations_to_json(const char *sysroot, struct json *j);

#endif
