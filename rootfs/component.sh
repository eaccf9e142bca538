#!/bin/sh
# SPDX-License-Identifier: ISC
#
# component.sh NAME PACKAGE INPUT...: makes build/sysroot/NAME a link to what build-NAME.sh builds
# from PACKAGE, by way of the cache. The key is of the pin, the scripts, the INPUTs, the compiler.
#
# build/sysroot/NAME.stamp tells what is there now and changes only when that does. A pin that had
# to be replaced is told each time, and refused with STRICT=1, also when it comes out of the cache.
set -eu

[ $# -ge 2 ] || { echo "usage: component.sh NAME PACKAGE INPUT..." >&2; exit 100; }
name=$1 package=$2
shift 2
# The outer make's variables and job server are no business of the makes inside.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

dir=build/sysroot/$name
rootfs/cache.sh "$name" "$dir" \
	"text:$(grep " $package " "${SOURCES_LOCK:-rootfs/sources.lock}")" \
	"text:$(gcc --version | head -n 1) $(ld --version | head -n 1)" \
	rootfs/apt-private.sh rootfs/fetch.sh rootfs/unpack.sh "rootfs/build-$name.sh" "$@" \
	-- "rootfs/build-$name.sh"

if grep -qx replaced=yes "$dir/USED"; then
	used=$(sed -n 's/^version=//p' "$dir/USED")
	if [ "${STRICT:-0}" = 1 ]; then
		echo "component.sh: $name was built from $package $used, which is not the pin," \
			"and STRICT=1 refuses it: make relock, or remove $(readlink "$dir")" >&2
		exit 111
	fi
	echo "  NOTICE  $name is built from $package $used in place of the pin that is gone" >&2
fi

{ readlink "$dir"; cat "$dir/USED"; } >"$dir.new"
if cmp -s "$dir.new" "$dir.stamp"; then
	rm "$dir.new"
else
	mv "$dir.new" "$dir.stamp"
fi
