#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-libxenstore.sh DIR: the xenstore client library for static musl programs, from Xen's own
# source and with threads: the archive that distributions ship has none and loses watches.
set -eu

here=$(dirname "$0")
out=$1 work=$1/.work
mkdir "$work"
"$here/unpack.sh" xen "$work/xen" "$out"

tools=$work/xen/tools
mkdir -p "$out/lib" "$out/include/xen/io" "$work/include"
cp -r "$work/xen/xen/include/public" "$work/include/xen"
for source in libs/store/xs.c libs/toolcore/handlereg.c xenstore/xs_lib.c; do
	object=$work/$(basename "$source" .c).o
	musl-gcc -std=gnu11 -Os -ffunction-sections -fdata-sections -DUSE_PTHREAD \
		-ffile-prefix-map="$work/xen/"= -DHAVE_PIPE2=1 -DXEN_RUN_STORED='"/run/xenstored"' \
		-iquote "$tools/xenstore" -I "$tools/include" -I "$work/include" \
		-c "$tools/$source" -o "$object"
done
ar rcsD "$out/lib/libxenstore.a" "$work"/*.o

cp "$tools/include/xenstore.h" "$tools/include/xenstore_lib.h" "$out/include"
cp "$work/include/xen/io/xs_wire.h" "$out/include/xen/io"
rm -rf "$work"
