#!/bin/sh
# SPDX-License-Identifier: ISC
#
# install.sh: xlab image install to a logical volume of 499 MB (476 MiB; the next extent would be past
# the 500 MB that the lab allows), which then boots as HVM by its own GRUB and as PV by pygrub; and what
# is refused: a volume that is mounted, has a loop device on it, is too small, is read-only, or that a
# guest has. In dom0.
set -eu
# shellcheck source=tests/xen/lvm.sh
. /xlab/lvm.sh

image=/xlab/xlab.img

group 544
volume guest 476
begin 'install'
$xlab image install $image $dev >$work/installed
done_in
cat $work/installed
e2fsck -fn "$dev?offset=1048576" >/dev/null 2>&1 || fail "its file system is not clean"
blocks=$(dumpe2fs -h "$dev?offset=1048576" 2>/dev/null | awk '/^Block count:/ { print $3 }')
[ "$blocks" -eq $((475 * 256)) ] || fail "it has $blocks blocks"

mkdir $work/mnt
mount -o ro,loop,offset=1048576 $dev $work/mnt
refused 'is in use by' $xlab image install $image $dev
umount $work/mnt
refused 'is the disk itself' $xlab image install $dev $dev
lvm lvchange -q -p r lab/guest
refused 'is read-only' $xlab image install $image $dev
lvm lvchange -q -p rw lab/guest
volume small 16
refused 'is too small' $xlab image install $image $dev
volume other 40
mke2fs -q $dev
refused 'no xlab image; --force' $xlab image install $image $dev
mount $dev $work/mnt
refused "is mounted on $work/mnt" $xlab image install $image $dev
umount $work/mnt
mkswap $dev >/dev/null
swapon $dev
refused 'is used as swap' $xlab image install --force $image $dev
swapoff $dev
dev=/dev/lab/guest
$xlab start $dev --mode pv --name holder --paused
refused 'domain holder' $xlab image install $image $dev
refused 'domain holder' $xlab image install --force $image "$(readlink -f $dev)"
$xlab stop --force --wait 0 holder

boots $dev pvhvm direct xvda1
boots $dev pv pygrub xvda1
# What install has read back is there still: a hash of all of it takes its time here.
begin 'hash'
hash=$(hash_of $dev)
done_in
grep -qx "sha256 $hash" $work/installed || fail "the guests changed it: sha256 $hash now"
