#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab run --native chroot, from outside: the image's own programs under this machine's kernel. Needs root. TAP.
set -eu

tmp=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/cli/native-image.sh
. "$PWD/tests/cli/native-image.sh"

describe one 'workload = one'
describe look 'workload = look' 'scratch = scratch.img' 'payload = word.payload'
describe hog 'workload = hog'
describe fits 'workload = fits'
describe hang 'workload = hang'
describe many 'workload = one' 'vcpus = 512'
describe card 'workload = one' 'bridge = xenbr0'

run() { "$xlab" run --native chroot --run r --out "out.$1" "$1.domain"; }
value() { sql out.look/results.sqlite "SELECT CAST(value AS INTEGER) FROM sample WHERE benchmark = '$1'"; }
named() {
	python3 - "$1/results.sqlite" <<-'EOT'
		import json, sqlite3, sys
		texts = [row[0] for row in sqlite3.connect(sys.argv[1]).execute('SELECT json FROM record ORDER BY seq')]
		guest = json.loads(texts[0])
		assert guest['mode'] == 'native' and guest['native_how'] == 'chroot', guest
		assert guest['memory_kib'] == 96 * 1024 and guest['cpus'] == 1, guest
	EOT
}
chroot_is_run() {
	run one
	sql out.one/results.sqlite 'SELECT asked, measured, status FROM guest' | grep -qx 'native native done'
	[ "$(sql out.one/results.sqlite 'SELECT count(*) FROM sample')" -gt 2 ]
}
chroot_is_reported() {
	"$xlab" report out.one/results.sqlite >stdout
	cat stdout
	grep -q '^native  *syscall' stdout
	grep -q "WARNING: Native is a chroot: nothing was booted for it (kernel $(uname -r))" stdout
}
mkdir -p word/etc
echo 7 >word/etc/word
chroot_is_like_a_guest() {
	"$xlab" payload build word --from word --out word.payload
	run look
	sql out.look/results.sqlite 'SELECT benchmark, value FROM sample'
	[ "$(value cpus)" -eq 1 ]
	[ "$(value processes)" -lt 10 ]
	for what in writable disks interfaces mknod; do [ "$(value $what)" -eq 0 ]; done
	[ "$(value payload)" -eq 7 ]
	[ "$(value scratch)" -eq 1 ]
	debugfs -R 'cat /seen' scratch.img 2>/dev/null | grep -qx 1
}
memory_is_limited() {
	status=0
	run hog || status=$?
	[ "$status" -eq 111 ]
	sql out.hog/results.sqlite 'SELECT status FROM guest' | grep -qx failed
	run fits
	sql out.fits/results.sqlite 'SELECT status FROM guest' | grep -qx 'done'
}
deadline_ends_it() {
	status=0
	"$xlab" run --native chroot --run r --deadline 2 --out out.hang hang.domain 2>stderr || status=$?
	cat stderr
	[ "$status" -eq 111 ]
	grep -q 'not over after 2 s' stderr
}
is_gone() { ! losetup -a | grep -q "$tmp" && ! pgrep -x -f 'sleep 4711'; }
# Whatever ended it: no process, no loop device, no mount and no control group.
killed_leaves_nothing() {
	"$xlab" run --native chroot --run s --out out.hang hang.domain 2>stderr &
	pid=$!
	within 60 pgrep -x -f 'sleep 4711'
	kill -KILL "$pid"
	wait "$pid" || true
	within 60 is_gone
}
of_a_plan() {
	printf '%s\n' 'name = a' 'disk = disk.img' 'memory = 96' 'workloads = one' 'modes = native' 'native = chroot' \
		'repetitions = 2' >chroot.plan
	"$xlab" run --run p --out out.plan chroot.plan
	named out.plan
	# Nor is the control group left of the one that was killed.
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name 'xlab-native-*')" ]
	sql out.plan/results.sqlite 'SELECT status FROM boot' | grep -qx 'done'
}
# The same run in one store, of an agent that says that it was booted bare.
two_kinds_are_told() {
	cp out.one/results.sqlite two.sqlite
	python3 - two.sqlite <<-'EOT'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		guest = list(db.execute('SELECT * FROM guest').fetchone())
		names = [row[1] for row in db.execute('PRAGMA table_info(guest)')]
		guest[names.index('id')], guest[names.index('uuid')] = 77, '00000000-0000-0000-0000-000000000077'
		db.execute('INSERT INTO guest VALUES (%s)' % ','.join('?' * len(guest)), guest)
		db.execute("INSERT INTO record SELECT 77, seq, replace(json, 'chroot', 'bare') FROM record")
		db.execute('INSERT INTO sample SELECT 77, seq, workload, benchmark, idx, unit, ops, value FROM sample')
		db.commit()
	EOT
	"$xlab" report two.sqlite >stdout
	cat stdout
	grep -q 'WARNING: Natives of several kinds are taken together' stdout
}
if [ "$(id -u)" -eq 0 ]; then
	check 'a chroot is run, and its results stored' chroot_is_run
	check 'it says of itself what it is, and what it has' named out.one
	check 'and so does the report' chroot_is_reported
	check 'it has what a guest has, and nothing of the machine' chroot_is_like_a_guest
	check 'its memory is limited' memory_is_limited
	check 'it has a deadline' deadline_ends_it
	check 'it leaves nothing, even when xlab is killed' killed_leaves_nothing
	check 'a plan may ask for it' of_a_plan
	check 'natives of two kinds are not one in silence' two_kinds_are_told
	check 'more CPUs than there are' refuses 100 'not as many CPUs' run --native chroot --out o many.domain
	check 'a network card' refuses 100 'no network card' run --native chroot --out o card.domain
else
	skip 'a chroot' 'needs root'
fi
check 'no such native' refuses 100 'qemu or chroot' run --native jail --out o one.domain
check "a plan says itself how native is had" refuses 100 "the plan's to say" run --native chroot --out o x.plan
echo "1..$n"
exit "$failed"
