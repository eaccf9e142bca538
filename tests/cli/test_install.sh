#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab image install: what it writes, what it refuses, and what is left when it is cut short. With
# loop devices where there is root to make them. TAP.
set -eu

top=$PWD
xlab=$top/build/host/xlab
image=$top/build/image/xlab.img
export LD_BIND_NOW=1
tmp=$(mktemp -d)
loops=
trap 'leave' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"

leave() {
	cd /
	for at in "$tmp"/mnt "$tmp"/small; do
		if mountpoint -q "$at"; then umount "$at"; fi
	done
	for dev in $loops; do
		if losetup "$dev" >/dev/null 2>&1; then losetup -d "$dev"; fi
	done
	rm -rf "$tmp"
}

with=
install() { $with "$xlab" image install "$@"; }

# refused STATUS WORD ARG...: xlab image install ARG... exits so, with one line on stderr that has WORD.
refused() {
	want=$1 word=$2 status=0
	shift 2
	install "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr && [ ! -s stdout ]
}

bad() { check "refused: $2" refused "$@"; }

# grown FILE BYTES START: one that the file system at that byte fills, to a block.
grown() {
	[ "$(stat -c %s "$1")" -eq "$2" ] && e2fsck -fn "$1?offset=$3" || return 1
	dumpe2fs -h "$1?offset=$3" >fs 2>/dev/null
	[ "$(awk '/^Block count:/ { b = $3 } /^Block size:/ { s = $3 } END { print b * s }' fs)" -gt $(($2 - $3 - 65536)) ]
}

same() { install "$1" "$2" && cmp "$1" "$2"; }
keeps() { cmp -n 440 "$image" "$1" && [ "$(sfdisk -d "$1" | grep label-id)" = 'label-id: 0x786c6162' ]; }
again() { (umask 077 && TZ=Asia/Tokyo install --size 100 "$image" again.img) && cmp again.img grown.img; }
says_hash() { install --json --force "$image" json.img >json && grep -q "\"sha256\": \"$(sha256sum <json.img | cut -c1-64)\"" json; }
true_files() {
	for file in /sbin/init /boot/vmlinuz /usr/share/xlab/manifest.json; do
		"$xlab" image extract "$image" "$file" one && "$xlab" image extract "$1" "$file" two && cmp one two || return 1
	done
}
keeps_mode() { install "$image" "$1" && [ "$(stat -c %a "$1")" = 640 ]; }
masked() { (umask 027 && install "$image" masked.img) && [ "$(stat -c %a masked.img)" = 640 ]; }
is_zero() { cmp -n "${2:-4096}" "$1" /dev/zero; }
no_leftovers() { [ -z "$(find . -name '*.new')" ]; }

# faulty FAULT ON BYTE COMMAND...: with a program that goes wrong there (fault.c).
faulty() {
	fault=$1 on=$2 at=$3
	shift 3
	FAULT=$fault FAULT_ON=$on FAULT_AT=$at LD_PRELOAD=$top/build/test/fault.so "$@"
}

# A disk of each kind that can be installed, with a file in it.
mkdir tree && echo hello >tree/greeting && junk 3000000 >tree/junk && ln -s greeting tree/link
mke2fs -q -t ext4 -d tree bare.img 24M
{ echo label: gpt; echo start=2048, size=4096, type=21686148-6449-6E6F-744E-656564454649; echo start=6144; } >gpt.table
truncate -s 32M gpt.img && sfdisk -q gpt.img <gpt.table
for kind in ext2 ext3; do
	truncate -s 32M $kind.img && printf 'label: dos\nstart=63, size=2000, type=83\nstart=2063, type=83\n' | sfdisk -q $kind.img
	mke2fs -q -t $kind -d tree -E offset=$((2063 * 512)) $kind.img 20M
done
mke2fs -q -t ext4 -d tree -E offset=$((6144 * 512)) gpt.img 24M

check 'to a file of the same size: the same bytes' same "$image" same.img
check 'to one of 500 MB: the file system fills it' install --size 500 "$image" big.img
check '... and is clean' grown big.img 524288000 1048576
check '... and the boot code and the disk identifier stay' keeps big.img
check '... and the files are the same' true_files big.img
check '... and all is as the manifest says' "$xlab" image inspect big.img
check 'to one of 100 MB' install --size 100 "$image" grown.img
check 'it says the hash of what it wrote' says_hash
check '... and that it is as its manifest says' grep -q '"as_manifest": true' json
cp "$image" changed.img && echo changed >init && debugfs -w -R 'rm /sbin/init' 'changed.img?offset=1048576' 2>/dev/null
debugfs -w -R 'write init /sbin/init' 'changed.img?offset=1048576' >/dev/null 2>&1
install --json changed.img to-changed.img >json 2>said
check 'one that is not as its manifest says is installed' grep -q '"as_manifest": false' json
check '... with a word on it' grep -q 'differs from its manifest' said
for kind in ext2 ext3; do
	check "an MBR disk with $kind in its second partition" install --size 80 $kind.img to-$kind.img
	check '... is grown' grown to-$kind.img 83886080 $((2063 * 512))
done
check 'a GPT disk' install --size 80 gpt.img to-gpt.img
check '... is grown' grown to-gpt.img 83886080 $((6144 * 512))
check '... and its table is sound' sfdisk --verify to-gpt.img
check 'a bare file system' install --size 80 bare.img to-bare.img
check '... is grown' grown to-bare.img 83886080 0

# libext2fs takes what is behind a question mark for options.
odd_name() { cp "$image" 'what?offset=5,' && install 'what?offset=5,' 'to?offset=5,' && cmp "$image" 'to?offset=5,'; }
check 'names with a question mark' odd_name
check 'over an older image' install "$image" same.img
chmod 640 same.img
check 'a file keeps its mode' keeps_mode same.img
check 'a new one gets what the umask leaves' masked
echo mine >same.img.new
check 'what has a name like a work file' install "$image" same.img
check '... stays' grep -qx mine same.img.new
rm same.img.new
truncate -s 50M blank.img
check 'to a file of zeros: its size counts' install "$image" blank.img
check '... and is kept' grown blank.img 52428800 1048576
echo 'my thesis' >thesis
bad 100 'no xlab image; --force' "$image" thesis
bad 100 'no xlab image; --force' "$image" bare.img
check 'a file that is refused stays' grep -qx 'my thesis' thesis
bad 100 'too small: 10 bytes' --force "$image" thesis
check '--force writes over it' install --force --size 40 "$image" thesis
bad 100 'too small' --size 16 "$image" new.img
ln -s "$image" link.img
cp "$image" own.img && ln own.img hard.img
bad 100 'is the disk itself' "$image" link.img
bad 100 'is the disk itself' own.img hard.img
bad 100 'is the disk itself' own.img ./own.img
bad 100 'neither a file nor a block device' "$image" .
bad 100 'neither a file nor a block device' "$image" /dev/tty
bad 100 'neither a file nor a block device' "$image" /dev/null
mkfifo pipe
bad 100 'neither a file nor a block device' "$image" pipe
ln -s nowhere dangling
bad 100 'link to nothing' "$image" dangling
bad 100 'no/folder: No such file' "$image" no/folder/new.img
bad 100 'nowhere.img: No such file' nowhere.img new.img
junk 1000000 >junk
bad 100 'junk: ' junk new.img
head -c 20000000 "$image" >cut.img
bad 100 'cut off' cut.img new.img
cp ext3.img dirty.img && debugfs -w -R 'ssv state 0' "dirty.img?offset=$((2063 * 512))" 2>/dev/null
bad 100 'not clean' dirty.img new.img
truncate -s 32M swap.img && printf 'label: dos\ntype=82\n' | sfdisk -q swap.img
bad 100 'no ext2, ext3 or ext4 that could grow' swap.img new.img
printf 'label: dos\nstart=2048, size=2048, type=83\nstart=4096, type=5\nstart=6144, type=83\n' | sfdisk -q --wipe never swap.img
mke2fs -q -t ext4 -F -E offset=$((6144 * 512)) swap.img 20M
bad 100 'logical' swap.img new.img
bad 100 'needs DISK and TARGET' "$image"
bad 100 '--size takes' --size 0 "$image" new.img
bad 100 '--size takes' --size 5x "$image" new.img
bad 100 'no such option' --frobnicate "$image" new.img
with='/usr/bin/env PATH=/nowhere'
bad 111 'e2fsck.*Package not installed' "$image" new.img
with=
mkdir bin && ln -s "$(command -v e2fsck)" bin
with="/usr/bin/env PATH=$tmp/bin"
bad 111 'resize2fs.*Package not installed' --size 100 "$image" new.img
with=
check 'what is refused makes no file' test ! -e new.img

# What may not be read by others is not for them as a copy either.
keeps_secret() {
	cp "$image" secret.img
	chmod 600 secret.img
	install secret.img copy.img
	[ "$(stat -c %a copy.img)" = 600 ]
}
check 'a new file of a disk that others cannot read' keeps_secret

# ends STATUS COMMAND...
ends() {
	want=$1 status=0
	shift
	"$@" || status=$?
	[ "$status" -eq "$want" ]
}
killed() { ends 137 faulty kill file $((1048576 + 4096)) "$xlab" image install --size 100 "$image" "$1"; }
check 'killed half way: no file' killed new.img
check '... and none under another name' no_leftovers
check '... there is none' test ! -e new.img
cp same.img before.img
check 'killed half way over an older image' killed same.img
check '... which stays' cmp same.img before.img
unwritten() { ends 111 faulty error file $((1048576 + 4096)) "$xlab" image install --size 100 "$image" "$1"; }
check 'a write that fails over an older image' unwritten same.img
check '... which stays too' cmp same.img before.img

# loop FILE: sets dev to a new loop device of it.
loop() { dev=$(losetup -f --show "$1") && loops="$loops $dev"; }
can_loop() { [ "$(id -u)" -eq 0 ] && : >probe && truncate -s 1M probe && loop probe && losetup -d "$dev"; }

devices() {
	truncate -s 100M volume
	loop volume
	check 'to a device of 100 MB' install "$image" "$dev"
	check '... the same bytes as in a file of that size' cmp "$dev" grown.img
	bad 100 'size is for files' --size 90 "$image" "$dev"
	bad 100 "is behind $dev" "$image" volume
	bad 100 'is the disk itself' "$dev" volume
	bad 100 'is the disk itself' volume "$dev"
	check 'from a device to a file' install "$dev" from.img
	check '... the same bytes' cmp from.img grown.img
	check '... for its owner alone' test "$(stat -c %a from.img)" = 600
	check 'a file of an image does not go over a device' keeps_device
	mkswap -f "$dev" >/dev/null
	bad 100 'no xlab image; --force' "$image" "$dev"
	mke2fs -q -F "$dev" && mkdir -p mnt && mount "$dev" mnt
	bad 100 "is mounted on $tmp/mnt" --force "$image" "$dev"
	bad 100 'not clean: is it mounted' "$dev" new.img
	umount mnt
	blockdev --setro "$dev"
	bad 100 'is read-only' --force "$image" "$dev"
	blockdev --setrw "$dev"
	check 'a write that changes a bit is found out' lies "$dev"
	check '... and nothing boots from it' is_zero "$dev"
	check 'a good one over that' install --force "$image" "$dev"
	check 'killed half way' killed_device "$dev"
	check '... nothing boots from the device' is_zero "$dev"
	check 'again, over what is left of that' install --force "$image" "$dev"
	losetup -d "$dev"
	truncate -s 16M little && loop little
	bad 100 'too small: 16777216 bytes' "$image" "$dev"
	losetup -d "$dev"
	mkdir -p small && mount -t tmpfs -o size=3M tmpfs small && truncate -s 100M small/file && loop small/file
	bad 111 'cannot be written' "$image" "$dev"
	check 'a device that fails half way does not boot' is_zero small/file
	losetup -d "$dev" && umount small
}

keeps_device() { ! "$xlab" image extract "$image" /boot/cmdline "$dev" && cmp "$dev" grown.img; }
lies() { refused_by_faults flip 3000000 111 'does not hold what was written' --force "$image" "$1"; }
killed_device() { ends 137 faulty kill device 3000000 "$xlab" image install --force "$image" "$1"; }

# refused_by_faults FAULT BYTE STATUS WORD ARG...
refused_by_faults() {
	fault=$1 at=$2
	shift 2
	FAULT=$fault FAULT_ON=device FAULT_AT=$at LD_PRELOAD=$top/build/test/fault.so refused "$@"
}

if can_loop; then
	devices
else
	skip 'block devices' 'no root, or no loop devices'
fi
check 'later, under another umask: the same bytes again' again
echo "1..$n"
exit "$failed"
