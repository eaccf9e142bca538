#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-xenstored.sh DIR: both xenstored daemons as the distribution built them, for the tests.
set -eu

out=$1 work=$1/.work
mkdir "$work"
"$(dirname "$0")/unpack.sh" xen-utils-4.17 "$work/utils" "$out"
cp "$work"/utils/usr/lib/xen-4.17/bin/xenstored "$work"/utils/usr/lib/xen-4.17/bin/oxenstored "$out"
rm -rf "$work"
