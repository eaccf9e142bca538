#!/bin/sh
# SPDX-License-Identifier: ISC
#
# boot.sh LIST...: boots the image of those file lists with xlab-init and with BusyBox's init and a
# script, by turns, and leaves build/bench/boot-NAME.json, the reports of `xlab report`. A mode takes
# BENCH_BOOTS boots (3) of each; BENCH_MODES are the modes.
set -eu

xlab=build/host/xlab dir=build/bench
boots=${BENCH_BOOTS:-3} modes=${BENCH_MODES:-native pv pvh pvhvm hvm}
out=$dir/guests
rm -rf "$out"
mkdir -p "$out"
cp "$xlab" tests/bench/boot/guest.domain "$out"

# make_image NAME WORD...: an image with those words on the kernel's line.
make_image() {
	name=$1
	shift
	echo "$(cat rootfs/cmdline) $*" >"$dir/$name.cmdline"
	sed "s|\(linux /boot/vmlinuz\) .*|\1 $(cat "$dir/$name.cmdline")|" build/image/grub.cfg >"$dir/$name.grub"
	sed "s|rootfs/cmdline|$dir/$name.cmdline|; s|build/image/grub.cfg|$dir/$name.grub|" rootfs/files >"$dir/$name.files"
	"$xlab" image build --list "$dir/$name.files" $lists --grub build/sysroot/grub/i386-pc --out "$out/$name.img"
}

lists="--list tests/bench/boot/files"
for list; do lists="$lists --list $list"; done
make_image xlab-init init=/sbin/init
make_image busybox init=/bench/init

# boot MODE NAME
boot() {
	echo "  BOOT    $1 $2" >&2
	if [ "$1" = native ]; then
		"$xlab" run --mode native --run "$2" --disk "$out/$2.img" --out "$out" "$out/guest.domain"
	else
		"$xlab" testbed exec --dir "$dir/testbed" -- /xlab/xlab run --mode "$1" --run "$2" \
			--disk "/tmp/$2.img" --out /xlab /xlab/guest.domain
	fi >"$out/last.log" 2>&1 || { cat "$out/last.log" >&2; exit 111; }
}

rounds() {
	for mode; do
		i=0
		while [ $i -lt "$boots" ]; do
			boot "$mode" xlab-init
			boot "$mode" busybox
			i=$((i + 1))
		done
	done
}

case " $modes " in *" native "*) rounds native ;; esac
guests=$(echo " $modes " | sed 's/ native / /')
if [ -n "${guests# }" ]; then
	trap '"$xlab" testbed down --dir "$dir/testbed" >/dev/null 2>&1 || true' EXIT
	trap 'exit 111' HUP INT TERM
	"$xlab" testbed up --dir "$dir/testbed" --share "$out"
	"$xlab" testbed exec --dir "$dir/testbed" -- cp /xlab/xlab-init.img /xlab/busybox.img /tmp
	rounds $guests
fi
for name in xlab-init busybox; do
	"$xlab" report "--json=$dir/boot-$name.json" --run "$name" "$out/results.sqlite" >/dev/null
done
