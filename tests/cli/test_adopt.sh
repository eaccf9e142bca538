#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab image lint and adopt over whole systems: what is found, that adopt mends it and no more, that it
# does so once, and what it refuses. TAP.
set -eu

xlab=$PWD/build/host/xlab
kernel=$PWD/build/sysroot/kernel/vmlinuz
version=$(file -b "$kernel" | sed 's/.*version \([^ ]*\).*/\1/')
image=$PWD/build/image/xlab.img
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/cli/adopt-disks.sh
. "$PWD/tests/cli/adopt-disks.sh"
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"

# lints STATUS ARG...
lints() {
	want=$1 status=0
	shift
	"$xlab" image lint "$@" >found 2>said || status=$?
	cat found said
	[ "$status" -eq "$want" ] && [ ! -s said ]
}

# finds RULE STOPS: the last lint had that finding, and those modes in it.
finds() { grep -q -e ": $1: .* \[$2\]$" found || { echo "no $1 [$2] in:" && cat found && false; }; }

# refused STATUS WORD ARG...: one line on stderr that has WORD, nothing on stdout.
refused() {
	want=$1 word=$2 status=0
	shift 2
	"$xlab" image "$@" >stdout 2>stderr </dev/null || status=$?
	cat stdout stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr && [ ! -s stdout ]
}

bad() { check "$*" refused "$@"; }

clean() {
	dd if="$1" of=part bs=1M skip=1 conv=sparse status=none
	e2fsck -fn part >fsck 2>&1 || { cat fsck && false; }
	# What a boot does: a check that is not forced has nothing to look for.
	e2fsck -p part >fsck 2>&1 && grep -q '^part: clean,' fsck || { cat fsck && false; }
}
get() { "$xlab" image extract "$1" "$2" got && cat got; }
has() { get "$1" "$2" | grep -q -e "$3" || { cat got && false; }; }
adopt() { "$xlab" image adopt "$@" >said 2>&1 || { cat said && false; }; }

check 'the image of xlab has no fault' lints 0 "$image"
system sysvinit
disk debian
check 'a disk of 2005 has many' lints 100 debian
for f in 'driver-not-in-initramfs stops pv pvh pvhvm hvm' 'root-device stops pv pvh pvhvm' 'fstab-device note' \
	'menu-pygrub stops pv pvh with pygrub' 'console-other stops pv pvh' 'no-getty stops pv pvh' \
	'no-securetty stops pv pvh' 'resume-device note'; do
	check "that is ${f%% *}" finds "${f%% *}" "${f#* }"
done
check 'native needs none of it' lints 0 --mode native debian
cp debian before
check 'adopt' adopt debian
check 'the disk stays as it was' cmp debian before
no_leftovers() { [ -z "$(find . -name '*.new')" ]; }
check 'no half of a copy stays' no_leftovers
check 'nothing stops the copy' lints 0 debian.adopted
check 'its file system is sound' clean debian.adopted
check 'fstab has the UUID' has debian.adopted /etc/fstab "^UUID=0b0b0b0b-0000-4000-8000-000000000001$(printf '\t')/  ext4 errors"
check 'and the rest' has debian.adopted /etc/fstab '^# a table'
check 'the menu has the UUID and hvc0' has debian.adopted /boot/grub/grub.cfg 'root=UUID=0b0b0b0b-0000-4000-8000-000000000001 ro console=tty0 quiet console=hvc0$'
check 'the old menu is beside it' has debian.adopted /boot/grub/grub.cfg.orig "menuentry 'Debian (recovery)'{"
check 'update-grub will have hvc0' has debian.adopted /etc/default/grub 'GRUB_CMDLINE_LINUX="console=tty0 console=hvc0"'
check 'a login on hvc0' has debian.adopted /etc/inittab '^h0:2345:respawn:/sbin/getty 38400 hvc0$'
check 'for root as well' has debian.adopted /etc/securetty '^hvc0$'
check 'mmp' sh -c 'dumpe2fs -h "debian.adopted?offset=1048576" 2>&1 | grep -q "features:.* mmp"'

# The initramfs, as cpio and gunzip see its two archives.
two_archives() {
	get debian.adopted /boot/initrd.img >/dev/null
	cp got both
	get debian /boot/initrd.img >/dev/null
	size=$(stat -c %s got)
	cmp -n "$size" got both
	tail -c +$(((size + 3) / 4 * 4 + 1)) both >second
	rm -rf x
	mkdir x
	(cd x && cpio -id --quiet <../second)
	for m in ext4 xen-blkfront ata_piix; do grep -qx "$m" x/conf/modules; done
	for m in block/xen-blkfront block/blkhelp ata/ata_piix ata/libata scsi/sd_mod; do
		cmp "x/usr/lib/modules/$version/kernel/drivers/$m.ko" "root/lib/modules/$version/kernel/drivers/$m.ko"
	done
	[ ! -e x/lib ] && [ ! -e "x/usr/lib/modules/$version/kernel/fs" ] && cmp "x/usr/lib/modules/$version/modules.dep.bin" "root/lib/modules/$version/modules.dep.bin"
}
check 'the initramfs has another archive behind it' two_archives

again() {
	cp debian.adopted once
	adopt --in-place --out-dir d2 once && ! grep -v '^d2/' said && cmp once debian.adopted
}
check 'adopted again nothing changes' again

configs() {
	for c in pv pvh pv-pygrub pvh-pygrub pvhvm hvm; do
		"$xlab" cfg lint --mode "$(echo "$c" | cut -d - -f 1)" "debian.adopted.d/$c.cfg"
		grep -q "target=$PWD/debian.adopted'" "debian.adopted.d/$c.cfg"
	done
	cmp debian.adopted.d/vmlinuz "$kernel"
	cmp debian.adopted.d/initrd.img both
	grep -q 'cmdline = "root=UUID=.* console=hvc0"' debian.adopted.d/pv.cfg
	lints 0 debian.adopted.d/*.cfg
}
check 'the configs of every mode' configs
in_place() { rm -rf that && adopt debian --out that && sed 's/^that//' said >that.said && cp debian here && adopt --in-place here && sed 's/^here//' said | diff that.said - && lints 0 here; }
check 'in place, the same' in_place

for init in busybox systemd openrc; do
	system "$init"
	disk "$init" -O ^metadata_csum
	check "$init has no login" lints 100 --mode pv "$init"
	check 'which is said' finds no-getty 'stops pv'
	check "$init is adopted" adopt --no-mmp "$init"
	check 'and boots' lints 0 "$init.adopted"
	check 'its file system is sound' clean "$init.adopted"
	check 'without mmp' sh -c "! dumpe2fs -h '$init.adopted?offset=1048576' 2>&1 | grep -q 'features:.* mmp'"
done
check 'a mask is gone' sh -c "! '$xlab' image extract systemd.adopted '/etc/systemd/system/serial-getty@hvc0.service' got"

# Somebody has it: a lock like that of xlab start, held until the file called free is there.
held() {
	cp debian busy
	python3 - 3<busy <<'EOT' &
import fcntl, os, struct, time
lock = struct.pack("hhxxxxqqixxxx", fcntl.F_RDLCK, 0, 1 << 62, os.fstat(3).st_size, 0)
fcntl.fcntl(3, 37, lock) # F_OFD_SETLK
open("taken", "w").close()
end = time.time() + 60
while not os.path.exists("free") and time.time() < end: time.sleep(0.05)
EOT
	until [ -e taken ]; do sleep 0.05; done
	refused 100 'busy: .* has it' adopt --in-place busy
	cmp busy debian
	: >free
	wait
	adopt --in-place busy
}
check 'a disk that somebody has is refused, in place' held

# While xlab checks the file system: with an e2fsck that does something else first.
meanwhile() {
	mkdir -p bin
	printf '#!/bin/sh\n%s\nexec %s "$@"\n' "$1" "$(command -v e2fsck)" >bin/e2fsck
	chmod +x bin/e2fsck
	shift
	PATH=$PWD/bin:$PATH "$@"
}
replaced() {
	cp debian moved && cp debian moved.other || return 1
	meanwhile 'mv moved.other moved' refused 100 'moved: has been replaced meanwhile' adopt --in-place moved && cmp moved debian
}
check 'a disk that is replaced meanwhile stays' replaced
killed() {
	cp debian cut && status=0 || return 1
	meanwhile 'kill -9 $PPID' "$xlab" image adopt cut || status=$?
	[ "$status" -eq 137 ] && no_leftovers && [ ! -e cut.adopted ] && adopt cut
}
check 'killed half way: no copy, under no name' killed

# What somebody calls like a work file is left alone, and is the disk itself.
names() {
	rm -rf debian.adopted debian.adopted.d other
	cp debian other.new
	echo mine >debian.adopted.new
	adopt debian && lints 0 debian.adopted && clean debian.adopted || return 1
	grep -qx mine debian.adopted.new && rm debian.adopted.new || return 1
	adopt --out other other.new && cmp other.new debian && lints 0 other && rm other.new
}
check 'names like those of work files belong to others' names
modes() {
	for mode in 600 640; do
		cp debian secret && chmod $mode secret && rm -rf secret.adopted* && adopt secret || return 1
		[ "$(stat -c %a secret.adopted)" = $mode ] || return 1
		case $mode-$(stat -c %a secret.adopted.d) in 600-700 | 640-750) ;; *) return 1 ;; esac
	done
}
check 'a copy can be read by those who could read the disk' modes

# hostile ARGS: a menu that would put something of its own into a config.
hostile() {
	system sysvinit
	cp root/boot/grub/grub.cfg plain.cfg
	ARGS=$1 awk '{ sub(/ro console=tty0 quiet/, ENVIRON["ARGS"]); print }' plain.cfg >root/boot/grub/grub.cfg
	disk hostile
	rm -rf hostile.adopted hostile.adopted.d
	adopt hostile && grep -q 'left: pv.cfg, pvh.cfg: .* cannot hold' said || return 1
	[ ! -e hostile.adopted.d/pv.cfg ] && [ ! -e hostile.adopted.d/pvh.cfg ] && [ -e hostile.adopted.d/hvm.cfg ] && ! grep -r EVIL hostile.adopted.d/*.cfg
}
check 'a menu with a quote gets into no config' hostile "ro 'x=a\"EVIL'"
check 'nor one with other than ASCII' hostile "$(printf 'ro EVIL\303\251')"

# Another packing, and none.
for pack in cat xz\ --check=crc32 zstd bzip2 lzma; do
	system sysvinit
	# shellcheck disable=SC2086
	initramfs $pack
	disk packed
	rm -rf packed.adopted
	check "an initramfs packed by $pack" adopt packed
	check 'boots' lints 0 packed.adopted
done
system sysvinit
initramfs lz4 -l
disk packed
rm -rf packed.adopted
check 'LZ4 takes nothing behind it' adopt packed
check 'so that is left' grep -q '^packed.adopted: left: driver-not-in-initramfs:' said

# /boot apart, in a GPT.
two_parts() {
	system sysvinit
	mv root/boot boot
	mkdir root/boot
	sed -i 's|/boot/||' boot/grub/grub.cfg
	sed -i 's|linux\t|&/|; s|initrd\t|&/|' boot/grub/grub.cfg
	printf '/dev/sda2 /boot ext4 defaults 0 2\n' >>root/etc/fstab
	rm -f two r b
	truncate -s 20M r b
	mke2fs -q -F -t ext4 -d root r
	mke2fs -q -F -t ext4 -d boot b
	truncate -s 43M two
	printf 'label: gpt\n2048,40960\n43008,40960\n' | sfdisk -q two
	dd if=r of=two bs=1M seek=1 conv=notrunc status=none
	dd if=b of=two bs=1M seek=21 conv=notrunc status=none
	printf 'GRUB' | dd of=two bs=1 seek=384 conv=notrunc status=none
	lints 100 --mode pv two
	adopt two
	lints 0 two.adopted
	cmp two.adopted.d/vmlinuz "$kernel"
	[ -e two.adopted.d/pv-pygrub.cfg ]
}
check '/boot in a partition of its own' two_parts

# Devices of other disks, with the numbers of this one's partitions.
other_disks() {
	system sysvinit
	for dev in sdb1 mapper/x1 nvme0n1 mmcblk1p1; do echo "/dev/$dev /srv/$dev ext4 nofail 0 0"; done >>root/etc/fstab
	echo '/dev/nvme0n1p1 /again ext4 nofail 0 0' >>root/etc/fstab
	disk others
	rm -rf others.adopted
	adopt others && get others.adopted /etc/fstab >/dev/null || return 1
	for dev in sdb1 mapper/x1 nvme0n1 mmcblk1p1; do grep -qx "/dev/$dev /srv/$dev ext4 nofail 0 0" got || return 1; done
	for dev in sdb1 nvme0n1 mmcblk1p1; do grep -q "/etc/fstab:.*: /dev/$dev is left" said || return 1; done
	grep -qx 'UUID=0b0b0b0b-0000-4000-8000-000000000001 /again ext4 nofail 0 0' got
}
check 'a partition of another disk is none of this one' other_disks

# A logical partition, which pygrub does not look into: no other menu would help.
logical() {
	system sysvinit
	disk debian2
	rm -rf logical
	truncate -s 52M logical
	printf 'label: dos\n1024,,E\n2048,96256,83\n' | sfdisk -q logical
	dd if=fs of=logical bs=1M seek=1 conv=notrunc,sparse status=none
	printf 'GRUB' | dd of=logical bs=1 seek=384 conv=notrunc status=none
	adopt logical
	fails grep 'plain entries that pygrub reads' said
	grep -q 'left: menu-pygrub:' said
	lints 0 logical.adopted
	[ ! -e logical.adopted.d/pv-pygrub.cfg ] && [ -e logical.adopted.d/pv.cfg ]
}
check 'a logical partition' logical

# A root for PV alone.
pv_root() {
	system sysvinit
	rm -r root/boot
	sed -i 's|/dev/sda1|/dev/xvda|' root/etc/fstab
	rm -f pv
	truncate -s 30M pv
	mke2fs -q -F -t ext4 -d root pv
	lints 100 --mode hvm pv
	finds no-table 'stops hvm'
	lints 100 --mode pv pv
	adopt --in-place pv
	grep -qx 'pv: the file system: multiple mount protection is on' said
	lints 0 --mode pv pv
	[ ! -e pv.d/pv.cfg ]
}
check 'a file system alone' pv_root

# With a config: its disks too.
cfg() {
	printf 'name = "a"\ntype = "pv"\nmemory = 64\nkernel = "/k"\ncmdline = "root=/dev/xvda1 ro console=hvc0"\ndisk = [ "phy:%s,xvda,w" ]\n' "$PWD/debian" >a.cfg
	lints 100 a.cfg
	finds no-getty 'stops pv'
	finds fstab-device note
	fails grep 'driver-not\|root-device' found
	"$xlab" image lint --json a.cfg >j || :
	python3 -c 'import json
f = json.load(open("j"))["files"]
assert len(f) == 2 and f[0]["boots"] and not f[1]["boots"] and f[1]["stopped"] == ["pv"], f'
}
check 'a config and its disk' cfg

# What is no disk, and what must not be written to.
junk 300000 >junk
junk 3000 >small
head -c 5000000 debian >short
printf '<domain type="xen"><name>a</name></domain>\n' >libvirt.xml
printf '{ "name": "a" }\n' >json.cfg
: >empty
mkfifo fifo
for verb in lint adopt; do
	bad 100 'No such file' $verb nowhere
	bad 100 'neither a partition table' $verb junk
	bad 100 'cut off' $verb short
	bad 100 '\.: Is a directory' $verb .
done
bad 100 'fifo: no disk' lint fifo
bad 100 'fifo: neither a file nor a block device' adopt fifo
for f in small libvirt.xml json.cfg; do
	check "lint says of $f that it is no config" sh -c "'$xlab' image lint $f 2>&1 | grep -q '^$f:1: syntax:'"
done
bad 100 'too short' adopt empty
# More than could be copied: it is looked at first, and of a good one the holes are not read.
truncate -s 6T huge && printf 'label: gpt\nstart=2048\n' | sfdisk -q huge
bad 100 'no partition has ext4' adopt huge
cp debian spacious && truncate -s 6T spacious
check 'a huge disk with little in it' adopt spacious
bad 100 'no mode' lint --mode vmx debian
bad 100 'needs a DISK' lint
bad 100 'needs one DISK' adopt
bad 100 'needs one DISK' adopt --in-place --out x debian
bad 100 'is there already' adopt debian
cp debian dirty
debugfs -w -R 'set_super_value state 0' 'dirty?offset=1048576' 2>/dev/null
bad 100 'was not unmounted\|is damaged' adopt --in-place dirty
cp debian broken
debugfs -w -R 'clri /etc' 'broken?offset=1048576' 2>/dev/null
bad 100 'is damaged; mend it first: e2fsck' adopt --in-place broken
ln -s nowhere dangling
bad 100 'is there already' adopt --out dangling debian
bad 100 "quote or comma" adopt --out 'a,b' debian
: >afile
bad 100 'afile: Not a directory' adopt --in-place --out-dir afile debian
check 'nothing is left of what was refused' no_leftovers
echo "1..$n"
exit "$failed"
