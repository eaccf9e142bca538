/* SPDX-License-Identifier: ISC */
/*
 * The ways in which one image can run. The names are ABI: they are in configs, records, the store
 * and reports. A mode is always what the guest measured about itself, except where a plan asks for
 * one.
 */
#ifndef XLAB_PROTO_MODES_H
#define XLAB_PROTO_MODES_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* X(id, name, what it is); in the order in which reports show them */
#define XLAB_MODES(X) \
	X(NATIVE, "native", "no Xen below") \
	X(PV, "pv", "paravirtual, no hardware assistance") \
	X(PVH, "pvh", "paravirtual devices, hardware CPU and memory") \
	X(PVHVM, "pvhvm", "full virtual machine, paravirtual disk, network and timer") \
	X(HVM, "hvm", "full virtual machine, every device emulated")

#define XLAB_MODE_ENUM(id, name, text) MODE_##id,
enum mode {
	MODE_UNKNOWN, /* the evidence contradicts itself; no run with it is valid */
	XLAB_MODES(XLAB_MODE_ENUM) MODE_COUNT
};
#undef XLAB_MODE_ENUM

/* Always a string: "unknown" for whatever is no mode. */
static inline const char *mode_name(enum mode mode)
{
#define XLAB_MODE_NAME(id, name, text) [MODE_##id] = name,
	static const char *const names[MODE_COUNT] = { "unknown", XLAB_MODES(XLAB_MODE_NAME) };
#undef XLAB_MODE_NAME
	return (size_t)mode < MODE_COUNT ? names[mode] : names[MODE_UNKNOWN];
}

/* Returns 0, or -EINVAL for any word that is not a mode ("unknown" is none). */
static inline int mode_parse(const char *name, enum mode *mode)
{
	for (size_t i = MODE_UNKNOWN + 1; i < MODE_COUNT; i++) {
		if (strcmp(mode_name((enum mode)i), name) == 0) {
			*mode = (enum mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

#endif
