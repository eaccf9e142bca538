#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-debian.sh INIT OUT: a disk with a minimal Debian of the machine's own release in the folder
# OUT, as if somebody had installed it on an emulated IDE disk, with a serial console: disk.img and
# packages, which says what went in. INIT is sysvinit or systemd. Called through rootfs/cache.sh.
#
#   sector 0       MBR with GRUB's boot.img; its core.img follows
#   partition 1    ext4, /; GRUB's modules and the menu of grub-mkconfig(8) in /boot/grub
#   partition 2    swap
#
# Root's password is xlab. Needs root or user namespaces (mmdebstrap(1)), and no loop device.
set -eu

: "${SOURCE_DATE_EPOCH:?}"
init=$1 out=$2
here=$(dirname "$0")
root_mib=300 swap_mib=16
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 111' HUP INT TERM

case $init in
sysvinit)
	init_packages=sysvinit-core,initscripts,insserv
	id=51515151 uuid=51515151-0000-4000-8000-000000000001 swap_uuid=51515151-0000-4000-8000-000000000002
	;;
systemd)
	init_packages=systemd-sysv,zstd
	id=5d5d5d5d uuid=5d5d5d5d-0000-4000-8000-000000000001 swap_uuid=5d5d5d5d-0000-4000-8000-000000000002
	;;
*)
	echo "build-debian.sh: no such init: $init" >&2
	exit 100
	;;
esac

list() { sed 's/#.*//; /^[[:space:]]*$/d' "$1" | tr '\n' ','; }

# root.tar: installed by the packages' own scripts, then made what it is by debian-setup.sh.
install_packages() {
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-config dump Acquire >"$work/apt.conf"
	set --
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		if [ -s "$f" ]; then set -- "$@" "$f"; fi
	done
	DISK_INIT=$init DISK_UUID=$uuid mmdebstrap --variant=essential \
		--aptopt="$work/apt.conf" --dpkgopt="$here/debian.dpkg" \
		--include="$(list "$here/debian.packages")$init_packages" \
		--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
		--essential-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/driver-policy"' \
		--customize-hook="$here/debian-setup.sh" \
		--customize-hook="copy-out /packages /boot/grub/core.img /usr/lib/grub/i386-pc/boot.img $work" \
		--customize-hook='rm "$1/packages" "$1/boot/grub/core.img" "$1/etc/apt/apt.conf.d/99mmdebstrap"' \
		"$suite" "$work/root.tar" "$@"
}

# Files keep the owners that the archive gives them; when they came here is nobody's business. A kernel
# indexes large folders as it fills them, mke2fs does not: it would be e2fsck's first finding.
make_root() {
	mkdir "$work/root"
	export E2FSPROGS_FAKE_TIME="$SOURCE_DATE_EPOCH"
	fakeroot sh -eu -c '
		tar -C "$1/root" -xf "$1/root.tar"
		mke2fs -q -t ext4 -U "$2" -E "hash_seed=$2" -d "$1/root" "$1/root.img" "$3M"
		' make_root "$work" "$uuid" "$root_mib"
	e2fsck -f -y -D "$work/root.img" || [ $? -eq 1 ]
	find "$work/root" -mindepth 1 -printf 'sif "/%P" ctime @T\nsif "/%P" atime @T\n' |
		sed "s/@T\$/@$SOURCE_DATE_EPOCH/" >"$work/times"
	debugfs -w -f "$work/times" "$work/root.img" >/dev/null
	e2fsck -f -n "$work/root.img"
}

# place IMAGE MIB: into the disk.
place() { dd if="$1" of="$work/disk.img" bs=1M seek="$2" conv=notrunc,sparse status=none; }

make_disk() {
	truncate -s $((1 + root_mib + swap_mib))M "$work/disk.img"
	truncate -s "${swap_mib}M" "$work/swap.img"
	mkswap -q -U "$swap_uuid" "$work/swap.img"
	place "$work/root.img" 1
	place "$work/swap.img" $((1 + root_mib))
	dd if="$work/boot.img" of="$work/disk.img" bs=440 count=1 conv=notrunc status=none
	dd if="$work/core.img" of="$work/disk.img" bs=512 seek=1 conv=notrunc status=none
	sfdisk --quiet --no-tell-kernel "$work/disk.img" <<-EOT
		label: dos
		label-id: 0x$id
		start=2048, size=$((root_mib * 2048)), type=83, bootable
		size=$((swap_mib * 2048)), type=82
	EOT
}

install_packages
make_root
make_disk
cp "$work/packages" "$out"
cp --sparse=always "$work/disk.img" "$out"
