#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-busybox.sh DIR: a static BusyBox against musl with busybox.config, and DIR/applets, the list
# of the paths that are to be links to it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$1" && pwd) work=$out/.work
mkdir "$work"
"$here/unpack.sh" busybox "$work/busybox" "$out"

cd "$work/busybox"
export KCONFIG_NOTIMESTAMP=1

# BusyBox's own allnoconfig takes no fragment: list every symbol there is, then switch each one off
# that is not in ours.
make allyesconfig HOSTCC=gcc >config.log
awk 'NR == FNR { if (split($0, part, "=") > 1) want[part[1]] = $0; next }
	{ name = $1 == "#" ? $2 : substr($0, 1, index($0, "=") - 1) }
	name in want { print want[name]; next }
	/=y$/ { print "# " name " is not set"; next }
	{ print }' "$here/busybox.config" .config >config.ours
mv config.ours .config
yes '' | make oldconfig HOSTCC=gcc >>config.log
"$here/kconfig-check.sh" "$here/busybox.config" .config
# The kernel's headers beside musl's, and none of glibc's.
mkdir "$work/headers"
ln -s /usr/include/linux /usr/include/mtd /usr/include/asm-generic \
	/usr/include/"$(gcc -print-multiarch)"/asm "$work/headers"

version=$(sed -n 's/^version=//p' "$out/USED")
make -j"$(nproc)" CC=musl-gcc HOSTCC=gcc BB_EXTRA_VERSION="$version" \
	CONFIG_EXTRA_CFLAGS="-idirafter $work/headers"
make busybox.links CC=musl-gcc BB_EXTRA_VERSION="$version"

cp busybox .config "$out"
mv "$out/.config" "$out/config"
cat LICENSE >>"$out/copyright"
LC_ALL=C sort busybox.links >"$out/applets"
cd "$out"
rm -rf "$work"
