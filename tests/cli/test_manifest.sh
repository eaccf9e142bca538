#!/bin/sh
# SPDX-License-Identifier: ISC
#
# `xlab image inspect` and `size`: an image that is as its manifest says, and every way of not being so.
# Changes are made by debugfs, which is not what xlab reads it with. TAP.
set -eu

xlab=build/host/xlab
full=build/image/xlab.img
minimal=build/image/xlab-minimal.img
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
image=$tmp/image
at="$image?offset=1048576"

# refused TEXT ARG...: xlab ends with 100 and one line on standard error, with that text in it.
refused() {
	text=$1 status=0
	shift
	"$xlab" "$@" 2>"$tmp/err" >/dev/null || status=$?
	cat "$tmp/err"
	[ "$status" -eq 100 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$text" "$tmp/err"
}

# differs TEXT REQUEST...: after these requests to debugfs the image differs, in that.
differs() {
	text=$1
	shift
	cp "$minimal" "$image"
	printf '%s\n' "$@" >"$tmp/requests"
	debugfs -w -f "$tmp/requests" "$at"
	refused "$text" image inspect "$image"
	refused "$text" image size "$image"
}

# damaged TEXT OFFSET: and after other bytes there.
damaged() {
	cp "$minimal" "$image"
	printf 'xlab' | dd of="$image" bs=1 seek="$2" conv=notrunc
	refused "$1" image inspect "$image"
}

# manifested TEXT EXPRESSION: with that change to the manifest, by sed.
manifested() {
	"$xlab" image extract "$minimal" "$manifest" "$tmp/manifest"
	sed -e "$2" "$tmp/manifest" >"$tmp/changed"
	fails cmp -s "$tmp/manifest" "$tmp/changed"
	differs "$1" "rm $manifest" "write $tmp/changed $manifest" "sif $manifest mode 0100644" "sif $manifest uid 0"
}

good() { "$xlab" image inspect "$1" >"$tmp/short" && grep -q 'is as its manifest says' "$tmp/short"; }
named() { "$xlab" image inspect --json "$full" | grep -qF "$(sha256sum <"$1" | cut -c1-64)"; }
inputs() { for file in rootfs/kernel.config rootfs/busybox.config rootfs/dropbear-options.h rootfs/cmdline rootfs/sources.lock; do named "$file"; done; }
tools() { "$xlab" image inspect --json "$full" | grep -F "$(gcc --version | head -n 1)" && "$xlab" image inspect "$full" | grep '^  musl  *1\.'; }
no_ssh() {
	"$xlab" image inspect --json "$minimal" >"$tmp/short"
	grep -q busybox "$tmp/short"
	fails grep -E 'dropbear|ssh' "$tmp/short"
}
budget() { "$xlab" image size --budget rootfs/size.budget "$1" 2>"$tmp/err" && cat "$tmp/err" && [ ! -s "$tmp/err" ]; }

# adds_up IMAGE: the sum of the parts is the whole, and that of the files is the content.
adds_up() {
	"$xlab" image size --json "$1" >"$tmp/sizes"
	parts=$(awk '/"bytes":/ { gsub(/[^0-9]/, ""); sum += $0 } END { print sum }' "$tmp/sizes")
	grep -qx " \"whole\": $parts" "$tmp/sizes"
	rm -rf "$tmp/tree" && mkdir "$tmp/tree"
	debugfs -R "rdump / $tmp/tree" "$1?offset=1048576"
	content=$(find "$tmp/tree" -type f -printf '%s\n' | awk '{ sum += $0 } END { print sum }')
	grep -qx " \"content\": $content," "$tmp/sizes"
}

# over WHAT BYTES TEXT: with that budget it is refused.
over() {
	sed -E "s/^(.*[[:space:]]$1[[:space:]]+)[0-9]+/\\1$2/" rootfs/size.budget >"$tmp/budget"
	unfit "$3"
}
# unfit TEXT: the budget is refused for that, in a line before the last, which counts such lines.
unfit() {
	status=0
	"$xlab" image size --budget "$tmp/budget" "$full" 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[ "$status" -eq 100 ] && grep -q "^xlab: $1" "$tmp/err" && tail -n 1 "$tmp/err" | grep -q ': 1 sizes are not within'
}
without_row() { grep -v '[[:space:]]agent' rootfs/size.budget >"$tmp/budget"; unfit 'agent: has no budget'; }
extra_row() { { cat rootfs/size.budget; echo '* nothing 1'; } >"$tmp/budget"; unfit 'nothing: has a budget'; }

# The SBOM: its form, and that its relations are of things that are there.
spdx() { "$xlab" image inspect --spdx "$1" >"$tmp/spdx.json" && /usr/bin/jsonschema -i "$tmp/spdx.json" tests/cli/spdx.schema.json; }
spdx_whole() {
	grep -o '"SPDXID": "[^"]*"' "$tmp/spdx.json" | cut -d '"' -f 4 | sort >"$tmp/ids"
	[ -s "$tmp/ids" ]
	[ -z "$(uniq -d "$tmp/ids")" ]
	grep -oE '"(spdxElementId|relatedSpdxElement)": "[^"]*"' "$tmp/spdx.json" | cut -d '"' -f 4 | sort -u >"$tmp/used"
	diff "$tmp/ids" "$tmp/used"
}
spdx_files() {
	"$xlab" image extract "$full" /bin/busybox "$tmp/busybox"
	grep -A 20 '"fileName": "./bin/busybox"' "$tmp/spdx.json" | head -n 12 >"$tmp/file"
	grep "$(sha1sum <"$tmp/busybox" | cut -c1-40)" "$tmp/file" && grep "$(sha256sum <"$tmp/busybox" | cut -c1-64)" "$tmp/file"
}
spdx_code() { code=$(sha1sum <"$tmp/busybox" | cut -c1-40 | tr -d '\n' | sha1sum | cut -c1-40); grep "$code" "$tmp/spdx.json"; }
spdx_licences() {
	grep -o 'LicenseRef-[A-Za-z0-9.-]*' "$tmp/spdx.json" | sort | uniq -c >"$tmp/licences"
	[ -s "$tmp/licences" ]
	fails grep ' 1 ' "$tmp/licences"
}

manifest=/usr/share/xlab/manifest.json
check 'the image is as its manifest says' good "$full"
check 'the minimal flavour too' good "$minimal"
check 'the minimal flavour has nothing of ssh' no_ssh
check 'the manifest has the hashes of what it was made with' inputs
check 'the manifest has the compiler and musl' tools

check 'the sizes add up' adds_up "$full"
check 'those of the minimal flavour too' adds_up "$minimal"
check 'the image is within its budget' budget "$full"
check 'the minimal flavour is within its budget' budget "$minimal"
check 'a part past its budget is refused' over kernel 1000 'kernel: [0-9]* bytes, its budget is 1000'
check 'content past its budget is refused' over content 1000 'content: [0-9]* bytes'
check 'a part without a budget is refused' without_row
check 'a budget without a part is refused' extra_row
echo 'junk' >"$tmp/junk"
check 'a file that is no budget is refused' refused 'junk: line 1' image size --budget "$tmp/junk" "$full"
check 'a budget that is not there is refused' refused 'nowhere: No such' image size --budget "$tmp/nowhere" "$full"

check 'the SBOM has the form of SPDX 2.3' spdx "$minimal"
check 'the SBOM of the full flavour too' spdx "$full"
check 'its relations are of what is in it' spdx_whole
check 'its files have their hashes' spdx_files
check 'its packages have their verification codes' spdx_code
check 'its own licences are explained' spdx_licences

head -c 579432 /dev/zero >"$tmp/zeros"
check 'another content is seen' differs '/bin/busybox has another SHA-256' 'rm /bin/busybox' \
	"write $tmp/zeros /bin/busybox" 'sif /bin/busybox mode 0100755'
check 'another size is seen' differs '/bin/busybox has another size' 'sif /bin/busybox size 579431'
check 'another mode is seen' differs '/etc/shadow has another mode' 'sif /etc/shadow mode 0100644'
check 'another mode of a folder is seen' differs '/root has another mode' 'sif /root mode 040755'
check 'another owner is seen' differs '/sbin/init does not belong to root' 'sif /sbin/init uid 1000'
check 'another group is seen' differs '/sbin/init does not belong to root' 'sif /sbin/init gid 65536'
check 'a missing file is seen' differs '/etc/shells is missing' 'rm /etc/shells'
check 'a missing link is seen' differs '/etc/mtab is missing' 'rm /etc/mtab'
check 'a file more is seen' differs '/etc/more is not in it' "write $tmp/junk /etc/more"
check 'a folder more is seen' differs '/more is not in it' 'mkdir /more'
check 'a device more is seen' differs '/dev/null is not in it' 'cd /dev' 'mknod null c 1 3'
check 'a long name is seen' differs '/usr/share/xlab/workloads/0000*... is not in it' 'cd /usr/share/xlab/workloads' \
	"write $tmp/junk $(printf '%0240d' 0)"
check 'a hard link more is seen' differs '/etc/again is not in it' 'ln /etc/passwd /etc/again'
check 'a file in lost+found is seen' differs '/lost+found/x is not in it' "write $tmp/junk /lost+found/x"
check 'another target of a link is seen' differs '/etc/mtab points elsewhere' 'rm /etc/mtab' 'symlink /etc/mtab ../proc/self/mountz'
check 'a long target of a link is seen' differs '/etc/mtab points elsewhere' 'rm /etc/mtab' \
	"symlink /etc/mtab $(printf '%0300d' 0)"
check 'a link in place of a file is seen' differs '/etc/hosts is of another kind' 'rm /etc/hosts' 'symlink /etc/hosts passwd'
check 'a device in place of a file is seen' differs '/etc/hosts is of another kind' 'cd /etc' 'rm hosts' 'mknod hosts b 8 0'
check 'an extended attribute is seen' differs '/bin/busybox has extended attributes' 'ea_set /bin/busybox user.x y'
check 'a folder in itself is seen' differs '/etc/etc is not in it' 'ln /etc /etc/etc'
check 'four differences are counted' differs 'in 4 places' 'rm /etc/mtab' 'rm /etc/hosts' 'rm /etc/shells' 'rm /etc/group'
check 'no manifest is an error' differs 'not an image' "rm $manifest"
check 'another boot sector is seen' damaged 'the boot sector has another' 100
check 'another disk identifier is seen' damaged 'the boot sector has another' 440
check "another core image is seen" damaged "GRUB's core image has another" 5000
check 'no partition table is an error' damaged 'not an image' 510
check 'no superblock is an error' damaged 'not an image' $((1048576 + 1024 + 56))

check 'a manifest that is no JSON is an error' manifested 'manifest is broken: line' '1s/{/[/'
check 'a manifest of another version is an error' manifested 'another version' 's/"manifest": 2/"manifest": 3/'
check 'a path that is not absolute is an error' manifested 'manifest is broken' 's|"/etc/hosts"|"etc/hosts"|'
check 'a path twice is an error' manifested 'manifest is broken' 's|"/etc/hosts"|"/etc/shells"|'
check 'an absurd size is an error' manifested 'manifest is broken' 's/"size": 579432/"size": 9223372036854775807/'
check 'a negative size is an error' manifested 'manifest is broken' 's/"size": 579432/"size": -1/'
check 'a hash that is none is an error' manifested 'manifest is broken' 's/"sha256": "./"sha256": "x/'
check 'no sources are an error' manifested 'manifest is broken' 's/"sources"/"source"/'
check "a manifest that lies about GRUB is seen" manifested "GRUB's core image has another" 's/"core": [0-9]*/"core": 512/'
check "one with an absurd size of GRUB is seen" manifested 'GRUB cannot be read' 's/"core": [0-9]*/"core": 99999999/'

# built TEXT ARG...: a build with these is refused, and leaves nothing.
built() {
	text=$1
	shift
	refused "$text" image build --list "$tmp/list" --grub build/sysroot/grub/i386-pc --out "$tmp/new.img" "$@"
	! ls "$tmp"/new.img*
}
printf 'part odd\nfile /odd 0644 %s\n' "$tmp/junk" >"$tmp/list"
check 'a part that is not there cannot be left out' built 'no such part' --without even
check 'a part without a row in components is an error' built 'no row for odd' --components rootfs/components
check 'a source that is not there is an error' built 'nowhere: No such file' --used "odd=$tmp/nowhere"
check 'a source of nothing is an error' built 'nowhere: Invalid argument' --used nowhere
check 'an input that is not there is an error' built 'nowhere: No such file' --input "$tmp/nowhere"
check 'tools that are not there are an error' built 'nowhere: No such file' --tools "$tmp/nowhere"

cut() { head -c "$1" "$minimal" >"$image" && refused ': not an image of' image inspect "$image"; }
for bytes in 0 511 512 1048576 1050000 1500000 8388608 33554431; do
	check "an image cut at $bytes is an error" cut "$bytes"
done
echo "1..$n"
exit "$failed"
