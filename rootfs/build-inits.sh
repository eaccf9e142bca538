#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-inits.sh DIR: what bench-init compares xlab-init with, as the distribution built it: a folder
# for each package, with its USED; DIR/USED has them all.
set -eu

out=$1
for p in tini dumb-init catatonit runit s6 libs6-2.11 libskarnet2.13 libexecline2.9 finit libite5 \
	libuev3 busybox-static
do
	mkdir "$out/.used"
	"$(dirname "$0")/unpack.sh" "$p" "$out/$p" "$out/.used"
	rm -rf "${out:?}/$p/usr/share"
	mv "$out/.used"/* "$out/$p"
	cat "$out/$p/USED" >>"$out/USED"
	rmdir "$out/.used"
done
