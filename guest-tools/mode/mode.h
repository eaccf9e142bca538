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
	X(pid_space, 8, "whose the numbers of processes are: the machine's, or own ones (pid_namespaces(7))") \
	X(dmi_vendor, 32, "/sys/class/dmi/id/sys_vendor: who says to have made the machine") \
	X(clocksource, 32, "current_clocksource") \
	X(kernel, 64, "release of the kernel") \
	X(cpu_model, 64, "/proc/cpuinfo") \
	X(cmdline, 512, "/proc/cmdline, cut where it does not fit")

/* Words of pid_space. */
#define MODE_PIDS_MACHINE "machine"
#define MODE_PIDS_OWN "own"

#define MODE_FACT_FIELD(field, size, text) char field[size];
struct mode_evidence {
	MODE_FACTS(MODE_FACT_FIELD)
	long memory_kib; /* and CPUs: those that may be used, which may be fewer than there are */
	int cpus;
};
#undef MODE_FACT_FIELD

/* X(id, name, what it is): how a native was had. Names are ABI, as those of modes are. */
#define MODE_NATIVES(X) \
	X(BARE, "bare", "booted on a machine that shows no hypervisor") \
	X(CHROOT, "chroot", "run under a kernel that was not booted for it") \
	X(QEMU, "qemu", "booted by QEMU") \
	X(VIRTUAL, "virtual", "booted by another hypervisor than QEMU and Xen")

#define MODE_NATIVE_ENUM(id, name, text) MODE_NATIVE_##id,
enum mode_native { MODE_NATIVES(MODE_NATIVE_ENUM) };
#undef MODE_NATIVE_ENUM

/*
 * Fills ev from the files below sysroot ("" on a running system) and from the processor. What is
 * missing stays empty, since every mode lacks something; -errno only when there is no /proc at all.
 * Takes SIGILL for an instant: not for programs with threads.
 */
int mode_gather(const char *sysroot, struct mode_evidence *ev);

/* Looks at nothing but ev. MODE_UNKNOWN when the facts do not fit together. */
enum mode mode_decide(const struct mode_evidence *ev);

/* The same for how a native was had; of a chroot that says nothing of what is below its kernel. */
enum mode_native mode_native_how(const struct mode_evidence *ev);
const char *mode_native_name(enum mode_native how);

/* Adds "mode", of a native also "native_how", and every fact as members of the object that is open in j. */
void mode_to_json(const struct mode_evidence *ev, struct json *j);

#endif
