# SPDX-License-Identifier: ISC
#
# An image of the guest's programs for tests that run them, disk.img in $tmp, which becomes the working folder;
# $root is where the sources are. Beside it scratch.img, and what those tests share.
# shellcheck shell=sh

root=$PWD
xlab=$PWD/build/host/xlab
agent=$PWD/build/guest/xlab-agent

# The image: the guest's programs, and a file in the kernel's place, which nothing here boots.
cat >"$tmp/list" <<-EOT
	$(awk '$1 == "dir" || $2 == "/payload"' rootfs/files)
	file /boot/cmdline 0644 $PWD/rootfs/cmdline
	file /boot/vmlinuz 0644 $tmp/kernel
	file /bin/busybox 0755 $PWD/build/sysroot/busybox/busybox
	file /usr/bin/xlab-agent 0755 $agent
	file /usr/bin/xlab-bench 0755 $PWD/build/guest/xlab-bench
	file /usr/bin/xlab-run-in 0755 $PWD/rootfs/lib/run-in
	file /usr/share/xlab/workloads/one 0644 $tmp/one
	file /usr/share/xlab/workloads/look 0644 $tmp/look
	file /usr/share/xlab/workloads/hog 0644 $tmp/hog
	file /usr/share/xlab/workloads/fits 0644 $tmp/fits
	file /usr/share/xlab/workloads/hang 0644 $tmp/hang
	file /usr/bin/look 0755 $tmp/look.sh
	file /usr/bin/hog 0755 $tmp/hog.sh
	$(awk '$1 != "/bin/busybox" { print "link", $1, "/bin/busybox" }' build/sysroot/busybox/applets)
EOT
cd "$tmp"
echo 'a kernel' >kernel
echo 'xlab-bench micro %s syscall' >one
echo 'look' >look
echo 'hog 28' >hog
echo 'hog 23' >fits
# hog N: has a text of 2^N bytes.
cat >hog.sh <<-'EOT'
	#!/bin/sh
	exec awk -v n="$1" 'BEGIN { for (s = "x"; n > 0; n--) s = s s; exit length(s) == 0 }'
EOT
echo 'sleep 4711' >hang
# What a program sees there: a sample each, and a log of what there is.
cat >look.sh <<-'EOT'
	#!/bin/sh
	sample() { echo "{\"type\":\"sample\",\"workload\":\"look\",\"benchmark\":\"$1\",\"unit\":\"n\",\"index\":0,\"ops\":1,\"value\":$2}"; }
	sample cpus "$(nproc)"
	sample processes "$(ls -d /proc/[0-9]* | wc -l)"
	sample writable "$(touch /etc/x 2>/dev/null && echo 1 || echo 0)"
	sample disks "$(ls /dev | grep -c '^[svx]*d[a-z]' || true)"
	sample interfaces "$(ls /sys/class/net | grep -vc '^lo$' || true)"
	sample mknod "$(mknod /tmp/x b 7 0 2>/dev/null && echo 1 || echo 0)"
	sample payload "$(cat /payload/*/etc/word 2>/dev/null || echo 0)"
	sample scratch "$(echo 1 >/scratch/seen && cat /scratch/seen || echo 0)"
EOT
"$xlab" image build --list list --grub "$root/build/sysroot/grub/i386-pc" --out disk.img
truncate -s 16M scratch.img
mke2fs -q -t ext4 -O mmp -L xlab-scratch scratch.img

# describe NAME LINE...: writes NAME.domain with those lines.
describe() {
	file=$1.domain
	shift
	printf '%s\n' 'name = a' 'disk = disk.img' 'memory = 96' "$@" >"$file"
}
# refuses STATUS WORD ARG...: xlab ARG... exits with STATUS and one line on stderr that has WORD.
refuses() {
	want=$1 word=$2 status=0
	shift 2
	"$xlab" "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -- "$word" stderr
}
sql() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row)' "$@"; }
