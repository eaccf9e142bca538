#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-pygrub.sh DIR: pygrub as the distribution built it, with all that it reads disks by, for the
# tests.
set -eu

out=$1 work=$1/.work
mkdir "$work"
"$(dirname "$0")/unpack.sh" xen-utils-4.17 "$work/utils" "$out"
xen=$work/utils/usr/lib/xen-4.17
mkdir "$out/bin"
cp "$xen/bin/pygrub" "$out/bin"
cp -r "$xen/lib" "$out"
rm -rf "$work"
