#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-initrd.sh KERNEL OUT: the initramfs with which the distribution's KERNEL (a bzImage with its
# modules in lib/modules beside its folder, as in /boot) boots the image; also what every component
# carries: OUT.used (see fetch.sh) and OUT.copyright. The same input gives the same bytes.
set -eu

die() { echo "build-initrd.sh: $1" >&2; exit 100; }

[ $# -eq 2 ] || { echo "usage: build-initrd.sh KERNEL OUT" >&2; exit 100; }
kernel=$1 out=$2
here=$(dirname "$0")
busybox=build/sysroot/busybox
work=$(mktemp -d)
trap 'rm -rf "$work" "$out.new"' EXIT
trap 'exit 111' HUP INT TERM

# The version in the bzImage: Documentation/x86/boot.rst, "HdrS" and kernel_version.
read_banner() {
	[ -r "$kernel" ] || die "cannot read $kernel"
	[ "$(tail -c +$((0x203)) "$kernel" | head -c 4 | tr -d '\0')" = HdrS ] ||
		die "$kernel is no Linux kernel for PCs (bzImage)"
	at=$(od -An -t u2 -j $((0x20e)) -N 2 "$kernel" | tr -d ' ')
	banner=$(tail -c +$((0x201 + at)) "$kernel" | head -c 256 | tr '\0' '\n' | head -n 1)
	version=${banner%% *}
}

find_modules() {
	tree=$(dirname "$kernel")/..
	[ -d "$tree/lib/modules/$version" ] || die \
		"no modules of $kernel in $tree/lib/modules/$version: install linux-image-$version"
	[ -r "$tree/lib/modules/$version/modules.dep.bin" ] || die \
		"no modules.dep.bin in $tree/lib/modules/$version: run depmod -b $tree $version"
}

# add_module WHERE FILE: the next one in the order of loading, unpacked.
add_module() {
	name=$(basename "$2" | sed 's/\.ko.*/.ko/')
	[ -z "$(find "$work/root/modules/any" "$work/root/modules/$1" -name "???-$name")" ] || return 0
	count=$((count + 1))
	case $2 in
	*.gz) gzip -dc "$2" ;;
	*.xz) xz -dc "$2" ;;
	*.zst) zstd -dcq "$2" ;;
	*) cat "$2" ;;
	esac >"$work/root/modules/$1/$(printf %03d "$count")-$name" || die "cannot unpack $2"
}

add_modules() {
	count=0
	mkdir -p "$work/root/modules/any" "$work/root/modules/xen" "$work/root/modules/native"
	grep -v '^#' "$here/initrd.modules" >"$work/wanted"
	while read -r where module; do
		modprobe -C /dev/null -d "$tree" -S "$version" --show-depends "$module" \
			>"$work/needed" 2>/dev/null ||
			echo "build-initrd.sh: NOTICE: $version has no module $module" >&2
		while read -r what file _; do
			[ "$what" != insmod ] || add_module "$where" "$file"
		done <"$work/needed"
	done <"$work/wanted"
}

add_programs() {
	mkdir "$work/root/bin" "$work/root/dev" "$work/root/proc" "$work/root/root" "$work/root/sys"
	cp "$here/initrd-init" "$work/root/init"
	cp "$busybox/busybox" "$work/root/bin/busybox"
	sed 's|.*/||' "$busybox/applets" | while read -r applet; do
		[ "$applet" = busybox ] || ln -s busybox "$work/root/bin/$applet"
	done
}

pack() {
	chmod -R u=rwX,go=rX "$work/root"
	find "$work/root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
	(cd "$work/root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -R +0:+0 -o -H newc) \
		>"$work/cpio"
	gzip -9n <"$work/cpio"
}

read_banner
find_modules
add_modules
add_programs
cat >"$out.used" <<EOT
package=linux-image-$version
kind=file
version=$banner
sha256=$(sha256sum "$kernel" | cut -d ' ' -f 1)
EOT
copyright=$tree/usr/share/doc/linux-image-$version/copyright
[ -r "$copyright" ] || copyright=/usr/share/common-licenses/GPL-2
cp "$copyright" "$out.copyright"
pack >"$out.new"
mv "$out.new" "$out"
