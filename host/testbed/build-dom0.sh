#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-dom0.sh OUT: the testbed's dom0 in the folder OUT, from packages of the archives that this
# machine is configured for: root.img (ext2), vmlinux, initrd, and packages (what went in).
# Called through rootfs/cache.sh. Needs no privilege and no loop device.
set -eu

out=$1
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 111' HUP INT TERM

list() { sed 's/#.*//; /^[[:space:]]*$/d' "$1"; }

# root.tar: the packages' files. Nothing of them is run: no maintainer script, no configuration.
fetch_root() {
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-config dump Acquire >"$work/apt.conf"
	set --
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		if [ -s "$f" ]; then set -- "$@" "$f"; fi
	done
	mmdebstrap --variant=extract --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
		--aptopt="$work/apt.conf" --dpkgopt="$here/dom0.dpkg" \
		--include="$(list "$here/dom0.packages" | tr '\n' ',')" \
		--extract-hook='cd "$1/var" && rm -r run lock && ln -s /run /run/lock .' \
		--extract-hook='cd "$1/var/cache/apt/archives" && ls -- *.deb >"$1/packages"' \
		"$suite" "$work/root.tar" "$@"
}

# What the packages' scripts would have made, as far as it is needed, and our own PID 1.
own_files() {
	root=$work/own
	mkdir -p "$root/etc" "$root/usr/bin" "$root/usr/sbin" "$root/root/.ssh" "$root/xlab" \
		"$root/var/log/xen" "$root/var/lib/xen" "$root/usr/lib" "$root/usr/local"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	echo '::ctrlaltdel:/bin/busybox poweroff -f' >"$root/etc/inittab"
	ln -s dash "$root/usr/bin/sh"
	ln -s busybox "$root/usr/bin/awk"
	ln -s busybox "$root/usr/bin/logger"
	ln -s /usr/lib/xen-4.17/bin "$root/usr/local/sbin"
	install -m 755 "$here/dom0-init" "$root/usr/sbin/dom0-init"
	mv "$work/x/usr/lib/modules" "$root/usr/lib/modules"
	depmod -b "$root/usr" "$release"
}

# The kernel as the ELF file inside the bzImage (offsets: Documentation/x86/boot.rst): Xen would
# otherwise unpack the xz under emulation, which takes seconds.
unpack_kernel() {
	le() { od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }
	start=$((($(le "$1" $((0x1f1)) 1) + 1) * 512 + $(le "$1" $((0x248)) 4)))
	tail -c +$((start + 1)) "$1" | head -c "$(le "$1" $((0x24c)) 4)" >"$work/payload"
	xz -dc --single-stream <"$work/payload" >"$2"
}

make_initrd() {
	initrd=$work/initrd
	mkdir -p "$initrd/bin" "$initrd/dev" "$initrd/proc" "$initrd/root" "$initrd/lib/modules/$release"
	cp "$work/x/usr/bin/busybox" "$initrd/bin/busybox"
	install -m 755 "$here/dom0-initrd" "$initrd/init"
	for m in virtio_pci virtio_blk ext4 crc32c_generic; do
		modprobe -d "$work/own/usr" -S "$release" --show-depends "$m"
	done | awk '$1 == "insmod" { print $2 }' | sort -u |
		xargs cp -t "$initrd/lib/modules/$release"
	depmod -b "$initrd" "$release"
	(cd "$initrd" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

fetch_root
mkdir "$work/x"
tar -C "$work/x" -xf "$work/root.tar" ./boot ./usr/lib/modules ./usr/bin/busybox ./packages
cp "$work/x/packages" "$out/packages"
release=$(ls "$work/x/usr/lib/modules")
own_files
unpack_kernel "$work/x/boot/vmlinuz-$release" "$out/vmlinux"
make_initrd >"$out/initrd"
tar -C "$work/own" --owner=0 --group=0 -rf "$work/root.tar" .
genext2fs -B 4096 -b $((768 * 256)) -N 32768 -z -a "$work/root.tar" "$out/root.img"
