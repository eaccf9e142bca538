#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The guest's scratch disk: rootfs/lib/scratch with the image's own BusyBox, under this machine's kernel,
# on loop devices. Two guests are two folders with devices of their own; the disk that both have is one
# file behind two loop devices. Needs root. TAP.
set -eu

if [ "${1:-}" != inside ] && [ "$(id -u)" -eq 0 ]; then
	exec unshare --mount "$0" inside
fi

busybox=$PWD/build/sysroot/busybox/busybox
script=$PWD/rootfs/lib/scratch
tmp=$(mktemp -d)
loops=
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"

leave() {
	for folder in one two; do
		umount "$tmp/$folder/scratch" 2>/dev/null || true
		umount "$tmp/$folder" 2>/dev/null || true
	done
	for loop in $loops; do losetup -d "$loop" || true; done
	rm -rf "$tmp"
}

# guest NAME: a root with the BusyBox and the script in it, and no disk.
guest() {
	mkdir "$tmp/$1"
	mount -t tmpfs none "$tmp/$1"
	mkdir "$tmp/$1/bin" "$tmp/$1/dev" "$tmp/$1/proc" "$tmp/$1/scratch"
	cp "$busybox" "$tmp/$1/bin/busybox"
	for applet in sh findfs mount umount od; do ln -s busybox "$tmp/$1/bin/$applet"; done
	cp "$script" "$tmp/$1/bin/scratch"
	mknod -m 666 "$tmp/$1/dev/null" c 1 3
}

# attach NAME FILE: the guest of that name has that disk.
attach() {
	loop=$(losetup -f --show "$2")
	loops="$loops $loop"
	mknod "$tmp/$1/dev/disk" b $((0x$(stat -c %t "$loop"))) $((0x$(stat -c %T "$loop")))
}
detach() { rm "$tmp/$1/dev/disk"; }

disk() { mke2fs -q -t ext4 -L xlab-scratch "$@" 8M >/dev/null; }
mounts() { chroot "$tmp/$1" /bin/scratch >"$tmp/said" 2>&1; }
umounts() { umount "$tmp/$1/scratch"; }
is_mounted() { mountpoint -q "$tmp/$1/scratch"; }
says() { cat "$tmp/said" && grep -q -e "$1" "$tmp/said" && [ "$(wc -l <"$tmp/said")" -eq 1 ]; }
says_nothing() { cat "$tmp/said" && [ ! -s "$tmp/said" ]; }

# alone, and the like: what a guest does with its disk, whole.
none() { mounts one && says_nothing && fails is_mounted one; }
alone() { mounts one && says_nothing && is_mounted one && echo mine >"$tmp/one/scratch/file"; }
bare() { mounts one && says '/dev/disk: the scratch disk has no mmp' && is_mounted one && umounts one; }
refused() { fails mounts two && says '/dev/disk: the scratch disk is in use' && fails is_mounted two; }
undisturbed() { [ "$(cat "$tmp/one/scratch/file")" = mine ] && echo more >"$tmp/one/scratch/file" && sync -f "$tmp/one/scratch/file"; }
later() { umounts one && mounts two && says_nothing && [ "$(cat "$tmp/two/scratch/file")" = more ] && umounts two; }
broken() { fails mounts one && says '/dev/disk: the scratch disk cannot be mounted: ' && fails is_mounted one; }

trap leave EXIT
if [ "$(id -u)" -ne 0 ] || ! grep -qw ext4 /proc/filesystems || ! losetup -f >/dev/null 2>&1; then
	skip 'scratch disks' 'no root, no ext4 or no loop devices'
	echo "1..$n"
	exit 0
fi
guest one
guest two
check 'no disk is no fault' none

disk "$tmp/bare.img"
attach one "$tmp/bare.img"
check 'a disk without mmp is mounted, and the log says so' bare
detach one

# The shorter interval is for the test: how long the kernel looks at a disk in use depends on it.
disk -O mmp -E mmp_update_interval=1 "$tmp/disk.img"
attach one "$tmp/disk.img"
attach two "$tmp/disk.img"
check 'a disk with mmp is mounted, and there is nothing to say' alone
check '... and not by a second guest' refused
check '... which does not disturb the first' undisturbed
check '... and has its turn later' later
detach one

# The root's inode is none.
disk -O mmp "$tmp/broken.img"
debugfs -w -R 'sif <2> mode 0' "$tmp/broken.img" 2>/dev/null
attach one "$tmp/broken.img"
check 'a disk that cannot be mounted: the reason' broken
echo "1..$n"
exit "$failed"
