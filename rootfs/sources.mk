# SPDX-License-Identifier: ISC
#
# What is built from the packages of sources.lock. Depend on build/sysroot/NAME.stamp and read from
# build/sysroot/NAME/: the stamp is looked after on each run and is touched only when the content is
# another. A list is the package and what else the build reads (see component.sh).

# Expanded when a recipe runs: on a new machine `deps` has only then installed gcc and musl.
musl = /usr/lib/$(shell gcc -print-multiarch | sed s/gnu/musl/)/libc.a

sysroot_kernel       = linux-source-6.1 rootfs/kernel.config rootfs/kconfig-check.sh
sysroot_busybox      = busybox rootfs/busybox.config rootfs/kconfig-check.sh $(musl)
sysroot_dropbear     = dropbear rootfs/dropbear-options.h $(musl)
sysroot_libxenstore  = xen $(musl)
sysroot_grub         = grub-pc-bin
sysroot_xen          = xen-hypervisor-4.17-amd64
sysroot_xenstored    = xen-utils-4.17
sysroot_pygrub       = xen-utils-4.17
sysroot_inits        = tini rootfs/sources.lock

SYSROOT := kernel busybox dropbear libxenstore grub xen xenstored pygrub inits
SYSROOT_STAMPS := $(SYSROOT:%=build/sysroot/%.stamp)

.PHONY: FORCE sysroot relock

$(SYSROOT_STAMPS): build/sysroot/%.stamp: FORCE | deps
	@rootfs/component.sh $* $(sysroot_$*)

sysroot: $(SYSROOT_STAMPS)

relock: | deps                ## move the pins of rootfs/sources.lock to the newest versions
	rootfs/relock.sh
