#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What the image must be: its sizes, its form, the same bytes twice, and a manifest that is true. TAP.
set -eu

xlab=build/host/xlab
image=build/image/xlab.img
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"

extract() { "$xlab" image extract "$image" "$1" "$tmp/$2"; }
at_most() { [ "$(stat -c %s "$1")" -le "$2" ]; }
static() { file "$1" | grep -q 'statically linked'; }
manifest() {
	extract /usr/share/xlab/manifest.json manifest
	"$xlab" image inspect --json "$image" >"$tmp/printed"
	echo >>"$tmp/manifest"
	cmp "$tmp/manifest" "$tmp/printed"
}
clean() { e2fsck -fn "$image?offset=1048576"; }
one_partition() { [ "$(fdisk -l "$image" | grep -c "^$image.*Linux$")" -eq 1 ]; }
same_line() { extract /boot/cmdline cmdline && extract /boot/grub/grub.cfg grub.cfg && grep -qF "$(cat "$tmp/cmdline")" "$tmp/grub.cfg"; }
again() { make -s image IMAGE="$tmp/again.img" && cmp "$image" "$tmp/again.img"; }
hash_is_true() {
	extract "$1" file
	grep -B 3 -A 3 "\"file\": \"$1\"" "$tmp/manifest" | grep -q "$(sha256sum <"$tmp/file" | cut -c1-64)"
}
licensed() { for name in xlab linux busybox dropbear libxenstore grub musl; do extract "/usr/share/licenses/$name" l; [ -s "$tmp/l" ]; done; }

check 'the disk is at most 32 MiB' at_most "$image" 33554432
check 'it has a manifest' manifest
check 'its file system is clean' clean
check 'it has one Linux partition' one_partition
check 'GRUB has the one kernel line' same_line
check 'xlab-init is under 64 KiB' at_most build/guest/xlab-init 65535
for file in /sbin/init /usr/bin/xlab-agent /usr/bin/xlab-bench /bin/busybox /usr/sbin/dropbear; do
	extract "$file" program
	check "$file is static" static "$tmp/program"
	check "the manifest is true of $file" hash_is_true "$file"
done
check 'the licences are in it' licensed
check 'built again it is the same' again
echo "1..$n"
exit "$failed"
