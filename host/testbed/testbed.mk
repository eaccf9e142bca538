# SPDX-License-Identifier: ISC
#
# The Xen host in a box: the hypervisor and a dom0 of Debian packages.
testbed: build/testbed/dom0.stamp build/sysroot/xen.stamp build/host/xlab ## what the Xen host in a box is made of

build/testbed/dom0.stamp: FORCE | deps
	@rootfs/cache.sh dom0 build/testbed/dom0 $(wildcard host/testbed/dom0* host/testbed/build-dom0.sh) \
		-- host/testbed/build-dom0.sh
	@mkdir -p $(@D); readlink build/testbed/dom0 | cmp -s - $@ || readlink build/testbed/dom0 >$@

.PHONY: testbed
