/* SPDX-License-Identifier: ISC */
/* The reader of disk specifications, beside the one that xl has. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxl.h>
#include <libxlutil.h>

#include "host/xlcfg_disk.h"

static const char *const specs[] = {
	"/dev/vg/a,raw,xvda,rw",
	"/dev/vg/a,,xvda",
	"/a.qcow2,qcow2,xvda,w",
	"phy:/dev/vg/a,hda,w",
	"phy:vg/a,xvda1,r",
	"file:/a.img,xvda2,w",
	"tap:aio:/a.img,sda,w",
	"tap2:qcow2:/a.img,sda,w",
	"format=raw,vdev=xvda,access=rw,target=/a b, c.img",
	"format=raw, vdev=xvdb, access=ro, target=/a",
	" vdev=hda , target=/a",
	"/a,raw,hdc,devtype=cdrom",
	"/a.iso,raw,hdc:cdrom,r",
	"file:/a.iso,hdc:cdrom,r",
	",hdc:cdrom,r",
	"cdrom,vdev=hdc",
	"/a,raw,xvda,rw,extra",
	"/a,raw,xvda,x",
	"/a,rew,xvda,w",
	"/a",
	"",
	"phy:/a",
	"vdev=xvda",
	"vdev=xvda,vdev=xvdb,target=/a",
	"foo:/a,xvda,w",
	"/a,raw,xvda,w,backendtype=phy",
	"/a,raw,xvda,direct-io-safe,discard",
	"/a,raw,xvda,no-discard,script=block-x",
	"vdev=xvda,colour=red,target=/a",
	"vdev=xvda,devtype=tape,target=/a",
	"format=,vdev=xvda,target=/a",
	"nbd:host:10809,xvda,w",
	"drbd:r0,xvda,w",
	"raw:/a,xvda,w",
	"vdev=xvda,target=/a,",
	"specification=xen,vdev=xvda,target=/a",
	"colo,colo-host=h,vdev=xvda,target=/a",
};

static bool is_same(struct xlcfg_span span, const char *text)
{
	if (!text)
		text = "";
	return span.len == strlen(text) && (!span.len || !memcmp(span.at, text, span.len));
}

static void disks_are_read_as_xl_reads_them(void **state)
{
	FILE *nowhere = fopen("/dev/null", "w");
	XLU_Config *xlu = xlu_cfg_init(nowhere, "test");

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		libxl_device_disk theirs;
		struct xlcfg_disk d;
		int r;

		libxl_device_disk_init(&theirs);
		r = xlu_disk_parse(xlu, 1, &specs[i], &theirs);
		xlcfg_disk_parse(&d, specs[i]);
		if (!r != !d.wrong)
			fail_msg("%s: xl says %d, and we %s", specs[i], r, d.wrong);
		if (!r && (!is_same(d.vdev, theirs.vdev) || !is_same(d.target, theirs.pdev_path) ||
			   d.cdrom != theirs.is_cdrom || d.readonly == theirs.readwrite))
			fail_msg("%s: %s %s", specs[i], theirs.vdev, theirs.pdev_path);
		libxl_device_disk_dispose(&theirs);
	}
	xlu_cfg_destroy(xlu);
	fclose(nowhere);
}

/* The numbers are those of the table in xen-vbd-interface(7). */
static void vdevs_are_numbers(void **state)
{
	static const struct {
		const char *vdev;
		struct xlcfg_vdev v;
	} good[] = {
		{ "xvda", { XLCFG_XVD, 0, 0, 51712 } },
		{ "d0p0", { XLCFG_XVD, 0, 0, 51712 } },
		{ "xvdb2", { XLCFG_XVD, 1, 2, 51730 } },
		{ "d1p2", { XLCFG_XVD, 1, 2, 51730 } },
		{ "xvdtq37", { XLCFG_XVD, 536, 37, 1u << 28 | 536 << 8 | 37 } },
		{ "xvdq", { XLCFG_XVD, 16, 0, 1u << 28 | 16 << 8 } },
		{ "hda", { XLCFG_HD, 0, 0, 768 } },
		{ "hdc2", { XLCFG_HD, 2, 2, 22 << 8 | 2 } },
		{ "hdd", { XLCFG_HD, 3, 0, 22 << 8 | 64 } },
		{ "sdb3", { XLCFG_SD, 1, 3, 8 << 8 | 1 << 4 | 3 } },
		{ "0x301", { XLCFG_BY_NUMBER, 0, 0, 0x301 } },
		{ "51712", { XLCFG_BY_NUMBER, 0, 0, 51712 } },
	};
	static const char *const bad[] = { "",	    "d0",     "hd",  "hde",	"sdq",
					   "xvd",   "xvda01", "vda", "xvda256", "hda1x",
					   "sda16", "XVDA",   "-1",  "xvda " };
	struct xlcfg_vdev v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct xlcfg_span span = { good[i].vdev, strlen(good[i].vdev) };

		assert_int_equal(xlcfg_vdev_parse(span, &v), 0);
		if (memcmp(&v, &good[i].v, sizeof(v)))
			fail_msg("%s: %d %u %u %u", good[i].vdev, v.bus, v.disk, v.part, v.number);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (xlcfg_vdev_parse((struct xlcfg_span){ bad[i], strlen(bad[i]) }, &v) != -EINVAL)
			fail_msg("%s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks_are_read_as_xl_reads_them),
		cmocka_unit_test(vdevs_are_numbers),
	};

	return cmocka_run_group_tests_name("xlcfg_disk", tests, NULL, NULL);
}
