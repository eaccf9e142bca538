#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-xstools.sh DIR: xenstore-read and xenstore-write as the distribution built them, for the tests.
set -eu

out=$1 work=$1/.work
mkdir "$work"
"$(dirname "$0")/unpack.sh" xenstore-utils "$work/utils" "$out"
cp -L "$work/utils/usr/bin/xenstore-read" "$work/utils/usr/bin/xenstore-write" \
	"$work/utils/usr/bin/xenstore-ls" "$out"
rm -rf "$work"
