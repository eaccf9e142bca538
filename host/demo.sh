#!/bin/sh
# SPDX-License-Identifier: ISC
#
# demo.sh OUT: the main job. Boots the image natively and, on a Xen host in a box, in every kind of Xen
# guest, and leaves the store and its reports in OUT. XENSTORED=oxenstored takes the other daemon.
set -eu

[ $# -eq 1 ] || { echo "usage: demo.sh OUT" >&2; exit 100; }
out=$1
xlab=build/host/xlab
rm -rf "$out"
mkdir -p "$out"

# What dom0 needs, in the folder that it sees as /xlab.
cp "$xlab" build/image/xlab.img xen-configs/demo.domain "$out"

trap '"$xlab" testbed down >/dev/null 2>&1 || true' EXIT
trap 'exit 111' HUP INT TERM

"$xlab" run --run demo --disk "$out/xlab.img" --out "$out" xen-configs/demo.domain
"$xlab" testbed up --share "$out" --xenstored "${XENSTORED:-xenstored}"
# From a disk of dom0's own: the device model of HVM guests cannot read one on 9p (docs/testbed.md).
"$xlab" testbed exec -- cp /xlab/xlab.img /tmp
"$xlab" testbed exec -- /xlab/xlab run --run demo --disk /tmp/xlab.img --out /xlab /xlab/demo.domain
"$xlab" testbed down
rm -f "$out/xlab" "$out/xlab.img" "$out/demo.domain"

"$xlab" report "--json=$out/report.json" --html "$out/report.html" "$out/results.sqlite"
printf "\nreport: %s\n" "$out/report.html"
printf "        %s\n" "$out/report.json" "$out/results.sqlite"
