#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab image wrap: the boot disk and the configs that it makes, what it takes from where, what it
# refuses, and that it leaves the volume alone. Booting is for tests/xen. TAP.
set -eu

top=$PWD
xlab=$top/build/host/xlab
grub=$top/build/sysroot/grub/i386-pc
tmp=$(mktemp -d)
dev=
trap 'leave' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"

leave() {
	cd /
	[ -z "$dev" ] || losetup -d "$dev" || true
	rm -rf "$tmp"
}

with=
wrap() { "$xlab" image wrap --grub "$grub" "$@"; }

# refused STATUS WORD ARG...: xlab image wrap ARG... exits so, with one line on stderr that has WORD.
refused() {
	want=$1 word=$2 status=0
	shift 2
	$with "$xlab" image wrap "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr && [ ! -s stdout ]
}

bad() { check "refused: $2" refused "$@"; }

# volume NAME TREE: a bare file system.
volume() { mke2fs -q -t ext4 -U "${3:-11111111-2222-3333-4444-555555555555}" -L pvroot -d "$2" "$1" 40M; }
on_disk() { debugfs -R "cat $2" "$1?offset=1048576" 2>/dev/null; }
has() { on_disk "$1" "$2" | cmp - "$3"; }
menu_has() { on_disk boot.img /boot/grub/grub.cfg | grep -qF -e "$1"; }
cfg_has() { grep -qF -e "$2" "lab-cfg/$1"; }
lines() { on_disk boot.img /boot/grub/grub.cfg | grep -c "$1"; }
one_partition() { [ "$(sfdisk -d "$1" | grep -c 'type=83, bootable')" -eq 1 ] && e2fsck -fn "$1?offset=1048576"; }
# Both count sectors; the first MiB is GRUB's.
fills() { [ "$(sfdisk -d "$1" | sed -n 's/.*size= *\([0-9]*\),.*/\1/p')" -eq $(($(blockdev --getsz "$1") - 2048)) ]; }
differ() { [ "$(sfdisk -d "$1" | grep label-id)" != "$(sfdisk -d "$2" | grep label-id)" ]; }
untouched() { [ "$(sha256sum <"$1")" = "$(cat "$1.sum")" ]; }
no_leftovers() { [ -z "$(find . -name '*.new' -o -name '*.core')" ]; }
# pygrub(1) reads entries of these words; of the rest it reads what begins with "set".
flat() {
	on_disk boot.img /boot/grub/grub.cfg | awk '
		/^menuentry/ { on = 1; next } /^}/ { on = 0; next }
		on && $1 != "linux" && $1 != "initrd" { bad = 1 }
		!on && $1 == "set" && $2 !~ /^(timeout|default)=[0-9]+$/ { bad = 1 }
		END { exit bad }'
}

# What stands in for a kernel: all that is looked at is its mark.
kernel() { { head -c 514 /dev/zero; printf 'HdrS'; echo "$1"; junk 300000; } >"$2"; }

mkdir -p small/boot big/boot big/etc none/etc junk/boot
kernel small small/boot/vmlinuz
echo 'root=PARTUUID=786c6162-01 ro console=hvc0 quiet' >small/boot/cmdline
for version in 5.10.0-9 6.1.0-10 6.1.0-9; do
	kernel $version big/boot/vmlinuz-$version
	echo "initramfs $version" >big/boot/initrd.img-$version
done
ln -s boot/vmlinuz-6.1.0-9 none/vmlinuz
echo '/dev/xvda1 / ext4 defaults 0 1' >big/etc/fstab
echo 'no kernel' >junk/boot/vmlinuz
for tree in small big none junk; do
	volume $tree.img $tree
	sha256sum <$tree.img >$tree.img.sum
done

check 'a kernel alone' wrap small.img --out boot.img --name lab
check '... the volume is as it was' untouched small.img
check '... one bootable partition, with a clean file system' one_partition boot.img
check '... its kernel' has boot.img /boot/vmlinuz small/boot/vmlinuz
check '... an entry with PV drivers' menu_has 'root=/dev/xvdb ro console=hvc0 quiet'
check '... and one without' menu_has 'root=/dev/sdb ro console=hvc0 quiet'
check '... no other' test "$(lines '^menuentry')" -eq 2
check '... that pygrub can read' flat
check '... the kernel for PV beside the configs' cmp lab-cfg/vmlinuz small/boot/vmlinuz
for mode in pv pvh; do
	check "... $mode.cfg has the root" cfg_has $mode.cfg 'cmdline = "root=/dev/xvdb ro console=hvc0 quiet"'
	check "... $mode.cfg has the volume second" cfg_has $mode.cfg "vdev=xvdb,access=rw,target=$tmp/small.img"
done
for mode in pvhvm hvm; do
	check "... $mode.cfg boots the boot disk" cfg_has $mode.cfg "vdev=hda,access=rw,target=$tmp/boot.img"
	check "... $mode.cfg has the volume second" cfg_has $mode.cfg "vdev=hdb,access=rw,target=$tmp/small.img"
done
for mode in pv pvh pvhvm hvm; do
	check "... $mode.cfg is sound" "$xlab" cfg lint --mode $mode lab-cfg/$mode.cfg
done
same() { (umask 077 && TZ=Asia/Tokyo wrap small.img --out again.img --name lab) && cmp boot.img again.img; }
check 'again: the same bytes' same
bad 100 'no xlab image; --force' small.img --out boot.img --grub "$grub"
volume uuid.vol small 99999999-2222-3333-4444-555555555555
wrap uuid.vol --out uuid.img --name lab --cfg-dir uuid >out

check 'a kernel with an initramfs' wrap big.img --out boot.img --force --name lab --json
cp tap json
check '... says what it took' grep -q '"kernel": "/boot/vmlinuz-6.1.0-10"' json
wrap big.img --out boot.img --force --name lab >out 2>said
check '... the fstab is said to be wrong' grep -q '/dev/xvda1 for /.*UUID=11111111-2222-3333-4444-555555555555 is' said
check '... the volume is as it was' untouched big.img
check '... the newest kernel' has boot.img /boot/vmlinuz big/boot/vmlinuz-6.1.0-10
check '... and its initramfs' has boot.img /boot/initrd.img big/boot/initrd.img-6.1.0-10
check '... the root by UUID, in one entry' menu_has 'root=UUID=11111111-2222-3333-4444-555555555555 ro console=ttyS0,115200 console=hvc0'
check '... no other' test "$(lines '^menuentry')" -eq 1
check '... that pygrub can read' flat
check '... pv.cfg too' cfg_has pv.cfg "ramdisk = \"$tmp/lab-cfg/initrd.img\""
check '... cmdline of pv.cfg' cfg_has pv.cfg 'root=UUID=11111111-2222-3333-4444-555555555555 ro'
check '... another disk identifier than a volume with another UUID has' differ boot.img uuid.img

secret() {
	volume secret.img big && chmod 600 secret.img && wrap secret.img --out s.img --name lab --cfg-dir s || return 1
	[ "$(stat -c %a s.img s)" = "$(printf '600\n700')" ]
}
check 'who may not read the volume may not read the initramfs' secret
check '... otherwise all may' test "$(stat -c %a boot.img lab-cfg)" = "$(printf '644\n755')"

kernel other k && echo initramfs >i
check 'another kernel, other parameters, a size' wrap small.img --out o.img --kernel k --initrd i --cmdline 'rw single' --size 20 --name lab --cfg-dir o
check '... that kernel' has o.img /boot/vmlinuz k
check '... that initramfs' has o.img /boot/initrd.img i
check '... that size' test "$(stat -c %s o.img)" -eq 20971520
check '... those parameters' grep -q 'rw single"' o/pv.cfg
check 'a kernel for a volume that has none' wrap none.img --out k.img --kernel k --name lab

# linked NAME: the initramfs of that name is found beside what /vmlinuz links to.
linked() {
	rm -rf tree linked.img tree.img && mkdir -p tree/boot/old && kernel linked tree/boot/old/vmlinuz-7 || return 1
	ln -s boot/vmlinuz tree/vmlinuz && ln -s old/vmlinuz-7 tree/boot/vmlinuz && echo other >tree/initrd.img
	echo mine >"tree/boot/old/$1" && volume tree.img tree && wrap tree.img --out linked.img --name lab --cfg-dir linked || return 1
	has linked.img /boot/initrd.img "tree/boot/old/$1"
}
check 'an initramfs beside what /vmlinuz links to' linked initrd.img-7
check 'an initramfs-VERSION' linked initramfs-7

# Another one, for the same disk, made the folder, gives up and takes it back meanwhile.
meanwhile() {
	mkdir mean late
	printf '#!/bin/sh\nrmdir late\nexec %s "$@"\n' "$(command -v mke2fs)" >mean/mke2fs
	chmod +x mean/mke2fs
	PATH=$PWD/mean:$PATH wrap small.img --out late.img --name lab --cfg-dir late
	[ -e late/pv.cfg ]
}
check 'a folder that is taken back meanwhile' meanwhile

# A system that boots. Firmware and pygrub look at the first disk alone, whatever the second has for them.
looked_at() {
	dd if="$top/build/image/xlab.img" of=root.vol bs=1M skip=1 conv=sparse status=none
	wrap root.vol --out r.img --name lab --cfg-dir r
	for mode in pv pvh pvhvm hvm; do
		"$xlab" image lint r/$mode.cfg
	done
	sed 's/^kernel = .*/bootloader = "pygrub"/; /^cmdline/d' r/pv.cfg >r/pygrub.cfg
	"$xlab" image lint r/pygrub.cfg
	sed 's/^disk = \[/disk = [ "file:nowhere.iso,hdc:cdrom,r",/' r/hvm.cfg >r/cdrom.cfg
	"$xlab" image lint r/cdrom.cfg
	sed "s/^disk = .*/disk = [ 'file:nowhere.iso,hdc:cdrom,r', 'file:root.vol,hda,w' ]/" r/hvm.cfg >r/bare.cfg
	"$xlab" image lint r/bare.cfg | grep 'root.vol: no-table: .*stops hvm'
}
check 'lint finds nothing in what was made, whichever mode' looked_at

bad 100 'no kernel in /boot; --kernel' none.img --out new.img --grub "$grub"
bad 100 'must be a bzImage' junk.img --out new.img --grub "$grub"
bad 100 'must be a bzImage' small.img --kernel i --out new.img --grub "$grub"
bad 100 'nowhere: No such file' small.img --kernel nowhere --out new.img --grub "$grub"
bad 100 'partition table: firmware boots it' boot.img --out new.img --grub "$grub"
bad 100 'is the disk itself' small.img --out small.img --grub "$grub"
bad 100 'too small' small.img --out new.img --size 1 --grub "$grub"
bad 100 'no/folder: No such file' small.img --out no/folder/new.img --grub "$grub"
bad 100 'package grub-pc-bin' small.img --out new.img --grub /nowhere
bad 100 'kernel parameters: a character' small.img --out new.img --cmdline 'ro }' --grub "$grub"
bad 100 'kernel parameters: too long' small.img --out new.img --cmdline "$(head -c 3000 /dev/zero | tr '\0' x)" --grub "$grub"
truncate -s 257M huge
bad 100 'huge: File too large' small.img --kernel huge --out new.img --grub "$grub"
bad 100 'no name of a guest' small.img --out new.img --name 'a b'
bad 100 'needs PV-VOLUME and --out' small.img
bad 100 'needs PV-VOLUME and --out' small.img --out new.img --initrd i
bad 100 '--memory takes' small.img --out new.img --memory x
bad 100 'no such option' --frobnicate
mkdir bin && ln -s "$(command -v mke2fs)" bin
with="/usr/bin/env PATH=$tmp/bin"
bad 111 'no grub-mkimage (grub-common)' small.img --out new.img --grub "$grub"
with="/usr/bin/env PATH=/nowhere"
bad 111 'by mke2fs (e2fsprogs) on the boot disk: Package not installed' small.img --out new.img --grub "$grub"
# No process more: which one there is none for, and that it has nothing to do with what was given.
with="/usr/bin/env LD_PRELOAD=$top/build/test/fault.so FAULT=fork FAULT_AT=1"
bad 111 'by mke2fs (e2fsprogs) on the boot disk: Resource temporarily' none.img --out new.img --kernel k --grub "$grub"
with="/usr/bin/env LD_PRELOAD=$top/build/test/fault.so FAULT=fork FAULT_AT=2"
bad 111 "cannot make GRUB of $grub: Resource temporarily" none.img --out new.img --kernel k --grub "$grub"
with=
bad 111 'mem: Input/output error' none.img --out new.img --kernel /proc/self/mem --grub "$grub"
mkdir -p folder/boot/cmdline && cp small/boot/vmlinuz folder/boot
volume folder.img folder
bad 100 'cannot read its /boot/cmdline: Is a directory' folder.img --out new.img --grub "$grub"
echo 'root=/dev/sda ro init=$(reboot) {' >small/boot/cmdline
volume odd.img small
bad 100 'kernel parameters: a character' odd.img --out new.img --grub "$grub"
: >afile
bad 100 'afile: Not a directory' small.img --out new.img --cfg-dir afile --grub "$grub"
head -c 20000000 small.img >cut.img
volume dirty.img small
debugfs -w -R 'feature needs_recovery' dirty.img >/dev/null 2>&1
bad 100 'was not unmounted' dirty.img --out new.img --grub "$grub"
bad 100 'no way to write such a name' small.img --out "new'.img" --grub "$grub"
bad 100 'no way to write such a name' small.img --out new.img --cfg-dir 'new"' --grub "$grub"
bad 100 'no name of a guest' small.img --out new.img --name 5
check 'what has no way to be written is not made' test ! -e "new'.img"
bad 100 'cut off' cut.img --out new.img --grub "$grub"
check 'what is refused makes no disk' test ! -e new.img
check '... and no folder' test ! -e new-cfg
check '... and nothing else' no_leftovers
check 'no volume was changed' untouched small.img
check '... not that one either' untouched big.img

if [ "$(id -u)" -eq 0 ] && truncate -s 16M boot.vol && dev=$(losetup -f --show boot.vol); then
	check 'to a block device' wrap small.img --out "$dev" --name lab
	check '... one bootable partition, with a clean file system' one_partition "$dev"
	check '... which fills it' fills "$dev"
	check '... its kernel' has "$dev" /boot/vmlinuz small/boot/vmlinuz
else
	skip 'block devices' 'no root, or no loop devices'
fi
echo "1..$n"
exit "$failed"
