#!/bin/sh
# SPDX-License-Identifier: ISC
#
# start-lvm.sh: one logical volume by each of its names is one disk; another in the same group is another.
# In dom0.
set -eu
# shellcheck source=tests/xen/lvm.sh
. /xlab/lvm.sh

group 100
volume one 40
$xlab image install /xlab/xlab.img $dev
volume two 40
$xlab image install /xlab/xlab.img $dev
node=$(readlink -f /dev/lab/one)
numbers=$(stat -c '0x%t 0x%T' "$node")
# shellcheck disable=SC2086
mknod $work/node b $numbers
loop=$(losetup -f --show /dev/lab/one)

$xlab start /dev/lab/one --mode pvh --name first --paused
for way in /dev/lab/one /dev/mapper/lab-one "$node" $work/node "$loop"; do
	refused 'in use by domain first (' $xlab start "$way" --mode pv --name second --paused
done
losetup -d "$loop"
$xlab start /dev/lab/two --mode pv --name second --paused
say 'one volume by five names, and another one'
$xlab stop --wait 0 --force first second
