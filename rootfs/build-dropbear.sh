#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-dropbear.sh DIR: dropbear, dropbearkey and dbclient as one static program against musl, with
# dropbear-options.h and the libraries that its source brings along.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$1" && pwd) work=$out/.work
mkdir "$work"
"$here/unpack.sh" dropbear "$work/dropbear" "$out"

cd "$work/dropbear"
cp "$here/dropbear-options.h" localoptions.h
./configure CC=musl-gcc CFLAGS="-Os -ffunction-sections -fdata-sections" \
	LDFLAGS="-Wl,--gc-sections" LTM_CFLAGS=-O2 --enable-static --enable-bundled-libtom \
	--disable-zlib --disable-pam --disable-harden --disable-lastlog --disable-utmp \
	--disable-utmpx --disable-wtmp --disable-wtmpx --disable-loginfunc \
	--disable-pututline --disable-pututxline
make -j"$(nproc)" PROGRAMS="dropbear dropbearkey dbclient" MULTI=1
strip dropbearmulti

cp dropbearmulti "$out"
cat LICENSE >>"$out/copyright"
cd "$out"
rm -rf "$work"
