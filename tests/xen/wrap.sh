#!/bin/sh
# SPDX-License-Identifier: ISC
#
# wrap.sh: a bare file system on a logical volume, booted as PV; then xlab image wrap makes a second
# volume, and the same root boots as HVM with and without PV drivers, and as PV and PVH still. The root
# volume stays the same bit for bit. In dom0.
set -eu
# shellcheck source=tests/xen/lvm.sh
. /xlab/lvm.sh

group 80
volume root 48
root=$dev
volume boot 12
boot=$dev
dd if=/xlab/xlab.img of=$work/bare.img bs=1M skip=1 2>/dev/null
$xlab image install $work/bare.img $root
rm $work/bare.img
before=$(hash_of $root)

begin 'wrap'
$xlab image wrap $root --out $boot --name console --cfg-dir $work/cfg
done_in
[ "$(hash_of $root)" = "$before" ] || fail "wrap changed the volume"

boots $work/cfg/pvhvm.cfg pvhvm config xvdb
boots $work/cfg/hvm.cfg hvm config sdb
boots $work/cfg/pv.cfg pv config xvdb
boots $work/cfg/pvh.cfg pvh config xvdb
# The boot disk's menu is one for pygrub, too; -q, as this dom0 has no terminal that it could draw on.
sed -e 's/^kernel = .*/bootloader = "pygrub"\nbootloader_args = [ "-q" ]/' -e '/^cmdline/d' $work/cfg/pv.cfg >$work/cfg/pygrub.cfg
boots $work/cfg/pygrub.cfg pv config xvdb
# As it was before there was a boot disk.
sed -e "s|^disk = .*|disk = [ 'format=raw,vdev=xvda,access=rw,target=$root' ]|" -e 's/xvdb/xvda/' \
	$work/cfg/pv.cfg >$work/cfg/alone.cfg
boots $work/cfg/alone.cfg pv config xvda
[ "$(hash_of $root)" = "$before" ] || fail "the guests changed the volume"
