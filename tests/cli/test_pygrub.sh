#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What xlab image lint says of menus and file systems is what the real pygrub of Xen 4.17 and the
# real GRUB's reader do with them. TAP.
set -eu

xlab=$PWD/build/host/xlab
pygrub=$PWD/build/sysroot/pygrub/bin/pygrub
tests=$PWD/tests/cli
build=$PWD/build
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"
mkdir root out

# A system whose kernels and initramfs hold their own paths.
fresh() {
	rm -rf root
	mkdir -p root/boot/grub root/boot/extlinux root/boot/grub2 root/etc root/extlinux
	echo '/dev/xvda1 / ext4 ro 0 1' >root/etc/fstab
	for file in boot/vmlinuz boot/old vmlinuz boot/initrd.img boot/extlinux/vmlinuz initrd; do
		printf '/%s' "$file" >"root/$file"
	done
}

# The file system of root, with the options of mke2fs, into DISK at 1 MiB.
fill() {
	disk=$1
	shift
	rm -f fs
	truncate -s 15M fs
	mke2fs -q -F -t ext4 -d root "$@" fs
	dd if=fs of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
}

mbr() {
	rm -f disk
	truncate -s 16M disk
	printf 'label: dos\n2048,,83,*\n' | sfdisk -q disk
	fill disk "$@"
}

# What the real one boots, as JSON. What is inline it reads with zeros behind it.
real() {
	rm -f out/*
	: >said
	python3 "$pygrub" -q --output-format=simple0 --output-directory="$tmp/out" --output="$tmp/said" "$1" \
		>/dev/null 2>err </dev/null || {
		tail -n 1 err | grep -qE 'Unable to find partition containing kernel|Error opening .* in guest' || return 1
		echo null
		return
	}
	python3 -c 'import json
e = dict(f.split(" ", 1) for f in open("said").read().split("\0") if f)
j = {"kernel": open(e["kernel"]).read(), "initrd": "", "args": e.get("args", "")}
if "ramdisk" in e: j["initrd"] = open(e["ramdisk"]).read()
print(json.dumps({k: v.rstrip("\0") for k, v in j.items()}))'
}

# lint's verdict, and whether a finding is there exactly when there is nothing to boot.
ours() {
	"$xlab" image lint --json "$1" >lint.json || [ $? -eq 100 ]
	python3 -c 'import json
f = json.load(open("lint.json"))["files"][0]
p = f["pygrub"]
found = [x for x in f["findings"] if x["rule"] in ("menu-pygrub", "features-pygrub")]
assert bool(found) == (p is None), found
if p:
    slash = lambda x: x if not x or x.startswith("/") else "/" + x
    p["kernel"], p["initrd"] = slash(p["kernel"]), slash(p["initrd"])
print(json.dumps(p))'
}

agree() {
	real "$1" >a
	ours "$1" >b
	cat a b err
	cmp a b
}
boots() { agree "$1"; fails grep -q null a; }
boots_none() { agree "$1"; grep -q null a; }

check 'thousands of menus' python3 "$tests/pygrub_menus.py" "$build/test/pygrub_menu" "$build/sysroot/pygrub/lib/python"

# menu NAME VERDICT: a grub.cfg from standard input.
menu() {
	fresh
	cat >root/boot/grub/grub.cfg
	mbr
	check "$1" "$2" disk
}

entry="menuentry 'Lab' {
	linux /boot/vmlinuz root=/dev/xvda1 ro
	initrd /boot/initrd.img
}"

menu 'a plain entry' boots <<EOT
set default=0
set timeout=1
$entry
EOT
menu 'one of Debian' boots <<'EOT'
### BEGIN
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
else
   set default="0"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
fi
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
  fi
}
function load_video {
  if [ x$feature_all_video_module = xy ]; then
    insmod all_video
  fi
}
set theme=/x
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {
	load_video
	insmod gzio
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	set root='hd0,msdos1'
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1 aaaa
	fi
	echo	'Loading ...'
	linux	/boot/vmlinuz root=UUID=aaaa ro  quiet
	initrd	/boot/initrd.img
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced' {
	menuentry 'Debian, old' --class debian {
		linux	/boot/old root=UUID=aaaa ro single
	}
}
EOT
menu 'the second by number' boots <<EOT
set default=1
$entry
menuentry "Old" {
	linux /boot/old
}
EOT
menu 'the saved one is the first' boots <<EOT
set default="\${saved_entry}"
$entry
menuentry "Old" --class x {
	linux /boot/old a b
}
EOT
menu 'a number that is not there' boots <<EOT
set default=7
$entry
EOT
menu 'a title as default' boots <<EOT
set default='Old'
$entry
menuentry "Old" {
	linux /boot/old
}
EOT
menu 'nothing before the brace' boots_none <<'EOT'
menuentry 'Lab'{
	linux /boot/vmlinuz
}
EOT
menu 'the title without quotes' boots_none <<'EOT'
menuentry Lab {
	linux /boot/vmlinuz
}
EOT
menu 'options before the title' boots_none <<'EOT'
menuentry --class x 'Lab' {
	linux /boot/vmlinuz
}
EOT
menu 'a block in the entry, closed by its own brace' agree <<'EOT'
menuentry 'Lab' {
	if true; then {
		insmod gzio
	}
	fi
	linux /boot/vmlinuz
}
EOT
menu 'two signs in a set' boots_none <<EOT
set prompt=a=b
$entry
EOT
menu 'a set without a sign' boots_none <<EOT
set
$entry
EOT
menu 'a set with blanks' boots <<EOT
set a b=c
$entry
EOT
menu 'a root by a name of LVM' boots_none <<'EOT'
menuentry 'Lab' {
	set root='lvm/vg-root'
	linux /boot/vmlinuz
}
EOT
menu 'a root of three parts' boots_none <<'EOT'
menuentry 'Lab' {
	set root='hd0,gpt1,bsd1'
	linux /boot/vmlinuz
}
EOT
menu 'a device before the path' boots <<'EOT'
menuentry 'Lab' {
	linux (hd0,msdos1)/boot/vmlinuz a=b
	initrd (hd0,1)/boot/initrd.img
}
EOT
menu 'a variable before the path' boots_none <<'EOT'
menuentry 'Lab' {
	linux ($root)/boot/vmlinuz
}
EOT
menu 'two initramfs' boots_none <<'EOT'
menuentry 'Lab' {
	linux /boot/vmlinuz
	initrd /boot/initrd.img /initrd
}
EOT
menu 'a kernel that is not there' boots_none <<'EOT'
menuentry 'Lab' {
	linux /boot/none
}
EOT
menu 'no kernel at all' boots_none <<'EOT'
menuentry 'Lab' {
	chainloader +1
}
EOT
menu 'linuxefi' boots_none <<'EOT'
menuentry 'Lab' {
	linuxefi /boot/vmlinuz
}
EOT
menu 'linux16' boots <<'EOT'
menuentry 'Lab' {
	linux16 /boot/vmlinuz
	initrd16 /boot/initrd.img
}
EOT
menu 'tabs only behind the kernel' agree <<'EOT'
menuentry 'Lab' {
	linux	/boot/vmlinuz	ro	quiet
}
EOT
menu 'an entry in another' boots_none <<'EOT'
menuentry 'Lab' {
	menuentry 'In' {
	linux /boot/vmlinuz
	}
}
EOT
menu 'no brace at the end' boots_none <<'EOT'
menuentry 'Lab' {
	linux /boot/vmlinuz
EOT
menu 'a negative default' boots_none <<EOT
set default=-1
$entry
EOT
menu 'an empty one' boots_none </dev/null
menu 'carriage returns' boots <<EOT
$(echo "$entry" | sed "s/\$/$(printf '\r')/")
EOT
menu 'UTF-8' boots <<EOT
# $(printf '\303\244')
$entry
EOT
menu 'no UTF-8' boots_none <<EOT
# $(printf '\344')
$entry
EOT

fresh
printf 'default 1\ntimeout=5\ntitle Old\nroot (hd0,0)\nkernel /boot/old ro\ntitle Lab\nroot (hd0,0)\nkernel (hd0,0)/boot/vmlinuz root=/dev/sda1 ro\ninitrd /boot/initrd.img\n' >root/boot/grub/menu.lst
mbr
check 'a menu.lst' boots disk
printf 'title Lab\nroot (cd)\nkernel /boot/vmlinuz\n' >root/boot/grub/menu.lst
mbr
check 'a menu.lst with a strange root' agree disk
printf 'title Lab\nroot (xx)\nkernel /boot/vmlinuz\n' >root/boot/grub/menu.lst
mbr
check 'a menu.lst with a wrong root' boots_none disk
fresh
printf 'DEFAULT lab\nLABEL old\n KERNEL /boot/old\nLABEL lab\n KERNEL vmlinuz\n APPEND initrd=/boot/initrd.img root=/dev/sda1 ro\n' >root/boot/extlinux/extlinux.conf
mbr
check 'an extlinux.conf' boots disk
printf 'LABEL lab\n LINUX /boot/vmlinuz\n INITRD /boot/initrd.img\n' >root/boot/extlinux/extlinux.conf
mbr
check 'an extlinux.conf with LINUX' boots_none disk
printf 'LABEL lab\n KERNEL /boot/vmlinuz\n INITRD /boot/initrd.img\n APPEND a\n' >root/extlinux/extlinux.conf
rm root/boot/extlinux/extlinux.conf
mbr
check 'one with INITRD, elsewhere' boots disk
echo "$entry" >root/boot/grub2/grub.cfg
mbr
check 'GRUB goes before extlinux' boots disk

fresh
echo "$entry" >root/boot/grub/grub.cfg
rm -f disk
truncate -s 17M disk
printf 'label: gpt\n2048,\n' | sfdisk -q disk
fill disk
check 'a GPT' boots disk
rm -f disk
truncate -s 17M disk
printf 'label: dos\n34000,500,82\n2048,30720,83\n' | sfdisk -q disk
fill disk
check 'swap before it' boots disk
rm -f disk
truncate -s 18M disk
printf 'label: dos\n1024,,E\n2048,30720,83\n' | sfdisk -q disk
fill disk
check 'a logical partition' boots_none disk
mbr
check 'a bare file system' boots fs

# Whether GRUB's own reader, of Debian's grub-common, and lint agree about what has that feature.
grub_reads() { grub-fstest fs crc /boot/vmlinuz; }
grub_agrees() {
	"$xlab" image lint --json fs >lint.json || [ $? -eq 100 ]
	if grub_reads; then ! grep -q features-grub lint.json; else grep -q features-grub lint.json; fi
}

for f in ext_attr inline_data ea_inode large_dir casefold encrypt metadata_csum_seed orphan_file mmp verity bigalloc \
	^metadata_csum ^64bit ^extents,^64bit ^has_journal; do
	fresh
	echo "$entry" >root/boot/grub/grub.cfg
	mbr -O "$f"
	check "GRUB and $f" grub_agrees
	check "pygrub and $f" agree disk
done
echo "1..$n"
exit "$failed"
