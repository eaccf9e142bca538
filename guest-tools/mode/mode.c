/* SPDX-License-Identifier: ISC */
#include "guest-tools/mode/mode.h"

#include <stdbool.h>

#define XEN_SIGNATURE "XenVMMXenVMM"
#define TCG_SIGNATURE "TCGTCGTCGTCG" /* QEMU without KVM */

/*
 * Each fact that matters becomes one bit, and a rule says which bits it accepts. Two facts are set
 * against each other for every mode: what the kernel believes (hv_type, guest_type) and what the
 * processor and the disk show.
 */
enum {
	NO = 1, YES = 2, ANY = NO | YES,
	ROOT_NONE = 1, ROOT_VBD = 2, ROOT_OTHER = 4,
};

struct rule {
	const char *guest_type;
	unsigned kernel_on_xen, cpuid_xen, forced_xen, root;
	enum mode mode;
};

static const struct rule rules[] = {
	{ "",    NO,  NO,  NO,  ROOT_NONE | ROOT_OTHER, MODE_NATIVE },
	/* PV: CPUID traps on some processors only, the forced form always answers */
	{ "PV",  YES, ANY, YES, ROOT_NONE | ROOT_VBD | ROOT_OTHER, MODE_PV },
	{ "PVH", YES, YES, NO,  ROOT_NONE | ROOT_VBD, MODE_PVH },
	{ "HVM", YES, YES, NO,  ROOT_VBD, MODE_PVHVM },
	{ "HVM", YES, YES, NO,  ROOT_OTHER, MODE_HVM },
	/* xen_nopv: the kernel was told not to see Xen */
	{ "",    NO,  YES, NO,  ROOT_OTHER, MODE_HVM },
};

static unsigned yes_if(bool fact)
{
	return fact ? YES : NO;
}

static unsigned root_kind(const char *driver)
{
	if (!*driver)
		return ROOT_NONE;
	return strcmp(driver, "vbd") == 0 ? ROOT_VBD : ROOT_OTHER;
}

enum mode mode_decide(const struct mode_evidence *ev)
{
	unsigned on_xen = yes_if(strcmp(ev->hv_type, "xen") == 0);
	unsigned cpuid = yes_if(strcmp(ev->cpuid_hv, XEN_SIGNATURE) == 0);
	unsigned forced = yes_if(strcmp(ev->xen_cpuid, XEN_SIGNATURE) == 0);
	unsigned root = root_kind(ev->root_driver);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		if (strcmp(r->guest_type, on_xen == YES ? ev->guest_type : "") == 0 &&
		    (r->kernel_on_xen & on_xen) && (r->cpuid_xen & cpuid) &&
		    (r->forced_xen & forced) && (r->root & root))
			return r->mode;
	}
	return MODE_UNKNOWN;
}

enum mode_native mode_native_how(const struct mode_evidence *ev)
{
	if (strcmp(ev->pid_space, MODE_PIDS_OWN) == 0)
		return MODE_NATIVE_CHROOT;
	if (strcmp(ev->cpuid_hv, TCG_SIGNATURE) == 0 || strcmp(ev->dmi_vendor, "QEMU") == 0)
		return MODE_NATIVE_QEMU;
	return *ev->cpuid_hv ? MODE_NATIVE_VIRTUAL : MODE_NATIVE_BARE;
}

const char *mode_native_name(enum mode_native how)
{
#define NATIVE_NAME(id, name, text) name,
	static const char *const names[] = { MODE_NATIVES(NATIVE_NAME) };
#undef NATIVE_NAME
	return names[how];
}

void mode_to_json(const struct mode_evidence *ev, struct json *j)
{
	enum mode mode = mode_decide(ev);

	json_str(j, "mode", mode_name(mode));
	if (mode == MODE_NATIVE)
		json_str(j, "native_how", mode_native_name(mode_native_how(ev)));
#define MODE_FACT_JSON(field, size, text) json_str(j, #field, ev->field);
	MODE_FACTS(MODE_FACT_JSON)
#undef MODE_FACT_JSON
	json_int(j, "memory_kib", ev->memory_kib);
	json_int(j, "cpus", ev->cpus);
}
