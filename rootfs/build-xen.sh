#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-xen.sh DIR: the hypervisor as the distribution built it, unpacked for a multiboot loader.
set -eu

out=$1 work=$1/.work
mkdir "$work"
"$(dirname "$0")/unpack.sh" xen-hypervisor-4.17-amd64 "$work/xen" "$out"
gunzip -c "$work"/xen/boot/xen-4.17-amd64.gz >"$out/xen"
rm -rf "$work"
