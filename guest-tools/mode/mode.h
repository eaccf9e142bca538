/* SPDX-License-Identifier: ISC */
/*
 * What a guest finds out about the machine it runs on, and the mode that follows from it.
 *
 * Gathering and deciding are apart: the evidence travels with every result, so that whoever doubts
 * a verdict can repeat it.
 */
#ifndef XLAB_MODE_H
#define XLAB_MODE_H

#include "guest-tools/lib/json.h"
#include "guest-tools/proto/modes.h"

/* X(field, size, where it comes from); a fact that cannot be had is the empty string. */
#define MODE_FACTS(X) \
	X(hv_type, 16, "/sys/hypervisor/type") \
	X(guest_type, 16, "/sys/hypervisor/guest_type: PV, PVH or HVM") \
	X(xen_version, 32, "/sys/hypervisor/version/") \
	X(cpuid_hv, 13, "hypervisor leaf of CPUID as the processor answers; Xen's wins") \
	X(xen_cpuid, 13, "the same leaf through Xen's forced emulation, which only PV has") \
	X(root_dev, 32, "block device of /") \
	X(root_driver, 32, "what drives that disk: vbd, virtio_blk, ata_piix, ahci, ...") \
	X(clocksource, 32, "current_clocksource") \
	X(kernel, 64, "release of the kernel") \
	X(cpu_model, 64, "/proc/cpuinfo") \
	X(cmdline, 512, "/proc/cmdline, cut where it does not fit")

#define MODE_FACT_FIELD(field, size, text) char field[size];
struct mode_evidence {
	MODE_FACTS(MODE_FACT_FIELD)
	long memory_kib;
	int cpus;
};
#undef MODE_FACT_FIELD

/*
 * Fills ev from the files below sysroot ("" on a running system) and from the processor. What is
 * missing stays empty, since every mode lacks something; -errno only when there is no /proc at all.
 * Takes SIGILL for an instant: not for programs with threads.
 */
int mode_gather(const char *sysroot, struct mode_evidence *ev);

/* Looks at nothing but ev. MODE_UNKNOWN when the facts do not fit together. */
enum mode mode_decide(const struct mode_evidence *ev);

/* Adds "mode" and every fact as members of the object that is open in j. */
void mode_to_json(const struct mode_evidence *ev, struct json *j);

#endif
