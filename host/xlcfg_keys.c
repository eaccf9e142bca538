/* SPDX-License-Identifier: ISC */
#include "host/xlcfg_keys.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define T XLCFG_IS_TEXT
#define N XLCFG_IS_NUMBER
#define L XLCFG_IS_LIST

#define ALL XLCFG_IN_ALL
#define PVH XLCFG_IN_PVH
#define HVM XLCFG_IN_HVM
#define HW (XLCFG_IN_PVH | XLCFG_IN_HVM) /* what needs help from the processor */
#define FB (XLCFG_IN_PV | XLCFG_IN_HVM)	 /* what has to do with a screen */

/* In the order of strcmp(). */
static const struct xlcfg_key keys[] = {
	{ "acpi", N, HW },
	{ "acpi_firmware", T, HVM },
	{ "acpi_laptop_slate", N, HVM },
	{ "acpi_s3", N, HVM },
	{ "acpi_s4", N, HVM },
	{ "altp2m", T | N, HW },
	{ "altp2mhvm", N, HVM },
	{ "apic", N, HVM },
	{ "bios", T, HVM },
	{ "bios_path_override", T, HVM },
	{ "boot", T, HVM },
	{ "bootloader", T, ALL },
	{ "bootloader_args", T | L, ALL },
	{ "builder", T, ALL },
	{ "cap", N, ALL },
	{ "channel", L, ALL },
	{ "cmdline", T, ALL },
	{ "cpu_weight", N, ALL },
	{ "cpuid", T | L, ALL },
	{ "cpus", T | L, ALL },
	{ "cpus_soft", T | L, ALL },
	{ "device_model", T, ALL },
	{ "device_model_args", L, ALL },
	{ "device_model_args_hvm", L, ALL },
	{ "device_model_args_pv", L, ALL },
	{ "device_model_override", T, ALL },
	{ "device_model_stubdomain_override", N, ALL },
	{ "device_model_stubdomain_seclabel", T, ALL },
	{ "device_model_user", T, ALL },
	{ "device_model_version", T, ALL },
	{ "device_tree", T, ALL },
	{ "disk", L, ALL },
	{ "display", T, FB },
	{ "dm_restrict", N, ALL },
	{ "driver_domain", N, ALL },
	{ "dtdev", L, ALL },
	{ "e820_host", N, ALL },
	{ "extra", T, ALL },
	{ "extratime", N, ALL },
	{ "firmware", T, FB },
	{ "firmware_override", T, HVM },
	{ "gfx_passthru", T | N, HVM },
	{ "gic_version", T, ALL },
	{ "hap", N, HW },
	{ "hdtype", T, HVM },
	{ "hpet", N, HVM },
	{ "init_seclabel", T, ALL },
	{ "iomem", L, ALL },
	{ "ioports", L, ALL },
	{ "irqs", L, ALL },
	{ "kernel", T, ALL },
	{ "keymap", T, FB },
	{ "latency", N, ALL },
	{ "localtime", N, ALL },
	{ "max_event_channels", N, ALL },
	{ "max_grant_frames", N, ALL },
	{ "max_grant_version", N, ALL },
	{ "max_maptrack_frames", N, ALL },
	{ "maxmem", N, ALL },
	{ "maxvcpus", N, ALL },
	{ "mca_caps", L, HVM },
	{ "memory", N, ALL },
	{ "mmio_hole", N, HVM },
	{ "ms_vm_genid", T, HVM },
	{ "msr_relaxed", N, ALL },
	{ "name", T, ALL },
	{ "nestedhvm", N, HW },
	{ "nographic", N, HVM },
	{ "nomigrate", N, ALL },
	{ "nx", N, HVM },
	{ "on_crash", T, ALL },
	{ "on_poweroff", T, ALL },
	{ "on_reboot", T, ALL },
	{ "on_soft_reset", T, ALL },
	{ "on_watchdog", T, ALL },
	{ "oos", N, ALL },
	{ "opengl", N, FB },
	{ "p9", L, ALL },
	{ "pae", N, HVM },
	{ "passthrough", T, ALL },
	{ "pci", L, ALL },
	{ "pci_msitranslate", N, ALL },
	{ "pci_permissive", N, ALL },
	{ "pci_power_mgmt", N, ALL },
	{ "pci_seize", N, ALL },
	{ "period", N, ALL },
	{ "pool", T, ALL },
	{ "pvcalls", L, ALL },
	{ "pvshim", N, PVH },
	{ "pvshim_cmdline", T, PVH },
	{ "pvshim_extra", T, PVH },
	{ "pvshim_path", T, PVH },
	{ "ramdisk", T, ALL },
	{ "rdm", T, HVM },
	{ "rdm_mem_boundary", N, ALL },
	{ "root", T, ALL },
	{ "rtc_timeoffset", N, ALL },
	{ "sdl", N, FB },
	{ "seclabel", T, ALL },
	{ "serial", T | L, HVM },
	{ "shadow_memory", N, ALL },
	{ "slice", N, ALL },
	{ "smbios_firmware", T, HVM },
	{ "soundhw", T, HVM },
	{ "spice", N, HVM },
	{ "spice_clipboard_sharing", N, HVM },
	{ "spice_image_compression", T, HVM },
	{ "spice_streaming_video", T, HVM },
	{ "spiceagent_mouse", N, HVM },
	{ "spicedisable_ticketing", N, HVM },
	{ "spicehost", T, HVM },
	{ "spicepasswd", T, HVM },
	{ "spiceport", N, HVM },
	{ "spicetls_port", N, HVM },
	{ "spiceusbredirection", N, HVM },
	{ "spicevdagent", N, HVM },
	{ "stdvga", N, HVM },
	{ "stubdomain_cmdline", T, ALL },
	{ "stubdomain_kernel", T, ALL },
	{ "stubdomain_memory", N, ALL },
	{ "stubdomain_ramdisk", T, ALL },
	{ "tee", T, ALL },
	{ "timer_mode", T | N, HW },
	{ "tsc_mode", T | N, ALL },
	{ "type", T, ALL },
	{ "usb", N, HVM },
	{ "usbctrl", L, ALL },
	{ "usbdev", L, ALL },
	{ "usbdevice", T | L, HVM },
	{ "usbversion", N, HVM },
	{ "uuid", T, ALL },
	{ "vcpus", N, ALL },
	{ "vdispl", L, ALL },
	{ "vendor_device", T, HVM },
	{ "vfb", L, ALL },
	{ "vga", T, HVM },
	{ "videoram", N, HVM },
	{ "vif", L, ALL },
	{ "vif2", L, ALL },
	{ "viridian", N | L, HVM },
	{ "vkb", L, ALL },
	{ "vkb_device", N, HVM },
	{ "vmtrace_buf_kb", N, ALL },
	{ "vnc", N, FB },
	{ "vncdisplay", N, FB },
	{ "vnclisten", T, FB },
	{ "vncpasswd", T, FB },
	{ "vncunused", N, FB },
	{ "vncviewer", N, ALL },
	{ "vnuma", L, ALL },
	{ "vpmu", N, ALL },
	{ "vpt_align", N, HVM },
	{ "vsnd", L, ALL },
	{ "vtpm", L, ALL },
	{ "vuart", T, ALL },
	{ "xauthority", T, FB },
	{ "xen_platform_pci", N, HVM },
	{ "xend_suspend_evtchn_compat", N, ALL },
};

enum { NKEYS = sizeof(keys) / sizeof(*keys) };

static int compare(const void *name, const void *key)
{
	return strcmp(name, ((const struct xlcfg_key *)key)->name);
}

const struct xlcfg_key *xlcfg_key_find(const char *name)
{
	return bsearch(name, keys, NKEYS, sizeof(*keys), compare);
}

/* Whether one letter more, less, other or two changed places make a of b. */
static int is_near(const char *a, const char *b)
{
	size_t same = 0, la = strlen(a), lb = strlen(b), tail;

	while (a[same] && a[same] == b[same])
		same++;
	if (la == lb && same + 1 < la && a[same] == b[same + 1] && a[same + 1] == b[same] &&
	    !strcmp(a + same + 2, b + same + 2))
		return 1;
	if (la > lb + 1 || lb > la + 1)
		return 0;
	tail = same + (la >= lb);
	return tail <= la && !strcmp(a + tail, b + same + (lb >= la));
}

const char *xlcfg_key_near(const char *name)
{
	for (size_t i = 0; i < NKEYS && strlen(name) > 2; i++)
		if (is_near(name, keys[i].name))
			return keys[i].name;
	return NULL;
}
