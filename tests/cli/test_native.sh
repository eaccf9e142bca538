#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab native, and xlab run --native chroot, from outside: the entry in the menu of a GRUB that is a folder, with
# GRUB's own programs; what the real agent leaves on a scratch disk, and what somebody else does; a chroot with
# the image's own programs under this machine's kernel. Needs root. TAP.
set -eu

root=$PWD
xlab=$PWD/build/host/xlab
agent=$PWD/build/guest/xlab-agent
tmp=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
trap 'rm -rf "$tmp"' EXIT

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
	file /usr/share/xlab/workloads/hang 0644 $tmp/hang
	file /usr/bin/look 0755 $tmp/look.sh
	$(awk '$1 != "/bin/busybox" { print "link", $1, "/bin/busybox" }' build/sysroot/busybox/applets)
EOT
cd "$tmp"
echo 'a kernel' >kernel
echo 'xlab-bench micro %s syscall' >one
echo 'look' >look
echo 'sh -c "dd if=/dev/zero of=/tmp/hog bs=1M count=256"' >hog
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
describe bare 'workload = one' 'scratch = scratch.img' 'vcpus = 2'
describe noscratch 'workload = one'
describe one 'workload = one'
describe look 'workload = look' 'scratch = scratch.img' 'payload = word.payload'
describe hog 'workload = hog'
describe hang 'workload = hang'
describe many 'workload = one' 'vcpus = 512'
describe card 'workload = one' 'bridge = xenbr0'

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

# boot NAME: a /boot as update-grub leaves it, as far as it matters here.
boot() {
	mkdir -p "$1/grub"
	# shellcheck disable=SC2016
	printf '%s\n' 'if [ "${next_entry}" ] ; then set default="${next_entry}" ; fi' \
		'source ${config_directory}/custom.cfg' >"$1/grub/grub.cfg"
	grub-editenv "$1/grub/grubenv" create
}
next() { grub-editenv "$1/grub/grubenv" list; }
# GRUB cannot be asked here about every file system that a test may lie on.
mkdir bin
printf '#!/bin/sh\ncase $PROBE in fail) exit 1 ;; *) echo "$PROBE" ;; esac\n' >bin/grub-probe
chmod 755 bin/grub-probe
PATH=$tmp/bin:$PATH PROBE=
export PROBE
entry() { "$xlab" native entry --boot-dir b --root PARTUUID=786c6162-01 --run r "$@" bare.domain; }
boot b
printf '%s\n' "menuentry 'mine' {" '	true' '}' >mine.cfg

entry_is_there() {
	entry >stdout
	cat stdout b/grub/custom.cfg
	grub-script-check b/grub/custom.cfg
	grep -qx "menuentry 'xlab native' --id xlab-native {" b/grub/custom.cfg
	line=$(grep '	linux ' b/grub/custom.cfg)
	# shellcheck disable=SC2016
	case $line in
	*'$prefix/xlab/vmlinuz root=PARTUUID=786c6162-01 ro '*' nr_cpus=2 mem=96M xlab.mode=native xlab.link=scratch') ;;
	*) return 1 ;;
	esac
	[ "$(echo "$line" | grep -o 'root=' | wc -l)" -eq 1 ]
	cmp kernel b/grub/xlab/vmlinuz
	[ "$(next b)" = next_entry=xlab-native ]
	grep -q 'xlab native collect .*/scratch.img' stdout
}
entry_is_one() {
	cp b/grub/custom.cfg once.cfg
	entry >stdout
	cmp once.cfg b/grub/custom.cfg
}
others_text_stays() {
	cp mine.cfg b/grub/custom.cfg
	entry >stdout
	grep -c menuentry b/grub/custom.cfg | grep -qx 2
	"$xlab" native entry --remove --boot-dir b
	cmp mine.cfg b/grub/custom.cfg
}
removed_is_gone() {
	rm b/grub/custom.cfg
	entry >stdout
	"$xlab" native entry --remove --boot-dir b
	[ ! -e b/grub/custom.cfg ]
	[ ! -e b/grub/xlab ]
	[ -z "$(next b)" ]
	"$xlab" native entry --remove --boot-dir b
}
others_choice_stays() {
	grub-editenv b/grub/grubenv set next_entry=theirs
	"$xlab" native entry --remove --boot-dir b
	[ "$(next b)" = next_entry=theirs ]
	grub-editenv b/grub/grubenv unset next_entry
}
guest_is_told() {
	entry --warmups 1 --repetitions 3 >stdout
	debugfs -R 'cat /xlab/host' scratch.img 2>/dev/null >words
	cat words
	cut -d ' ' -f 3,4 words >said
	printf '%s\n' 'xlab/mode native' 'xlab/workload one' 'xlab/size quick' "xlab/image $(sha256sum <disk.img | cut -c1-64)" \
		'xlab/warmups 1' 'xlab/repetitions 3' 'xlab/run r' | cmp - said
	e2fsck -fn scratch.img
}
# nothing_set COMMAND...: whatever it did, the machine boots as it did before.
nothing_set() {
	rm -f b/grub/custom.cfg
	grub-editenv b/grub/grubenv unset next_entry
	"$@"
	[ ! -e b/grub/custom.cfg ]
	[ -z "$(next b)" ]
}
old_config() {
	boot old
	echo 'set default=0' >old/grub/grub.cfg
	refuses 100 update-grub native entry --boot-dir old --root PARTUUID=786c6162-01 bare.domain
}
no_program() {
	mkdir -p none
	for program in cat wc grep; do ln -sf "$(command -v $program)" none; done
	ln -sf "$tmp/bin/grub-probe" none
	PATH=$tmp/none
	refuses 100 'install grub-common' native entry --boot-dir b --root PARTUUID=786c6162-01 bare.domain
}
bad_line() {
	cp disk.img odd.img
	printf 'ro ${x};reboot' >odd
	debugfs -w -R 'rm /boot/cmdline' "odd.img?offset=1048576"
	debugfs -w -R 'write odd /boot/cmdline' "odd.img?offset=1048576"
	sed 's/disk.img/odd.img/' bare.domain >odd.domain
	refuses 100 'would not pass on' native entry --boot-dir b --root PARTUUID=786c6162-01 odd.domain
}
lost_end() {
	entry >stdout
	sed -i '/entry: end/d' b/grub/custom.cfg
	cp b/grub/custom.cfg broken.cfg
	grub-editenv b/grub/grubenv unset next_entry
	refuses 100 'lost its end' native entry --boot-dir b --root PARTUUID=786c6162-01 bare.domain
	cmp broken.cfg b/grub/custom.cfg
	rm b/grub/custom.cfg
}
others_are_broken() {
	echo 'menuentry {' >b/grub/custom.cfg
	cp b/grub/custom.cfg broken.cfg
	status=0
	entry >stdout 2>stderr || status=$?
	cat stderr
	[ "$status" -eq 100 ]
	grep -q 'GRUB would not take it' stderr
	cmp broken.cfg b/grub/custom.cfg
	rm b/grub/custom.cfg
}
cannot_write() {
	PROBE=$1
	refuses 100 'booted for ever' native entry --boot-dir b --root PARTUUID=786c6162-01 bare.domain
}
cannot_tell() {
	PROBE=fail
	entry >stdout 2>stderr
	[ "$(grep -c 'cannot tell' stderr)" -eq 2 ]
	[ "$(next b)" = next_entry=xlab-native ]
}
of_a_device() {
	[ "$(id -u)" -eq 0 ]
	loop=$(losetup -f --show -r disk.img)
	refused=yes
	refuses 100 'logical volume, loop device' native entry --boot-dir b --root "$loop" bare.domain || refused=no
	losetup -d "$loop"
	[ "$refused" = yes ]
}
check 'the entry, its kernel, and the next boot' entry_is_there
check 'a second time there is one entry' entry_is_one
check 'the guest finds on its disk what it is to do' guest_is_told
check "another's entries stay as they are" others_text_stays
check 'what is removed leaves nothing' removed_is_gone
check "another's choice of the next boot stays" others_choice_stays
check 'a file is no root' nothing_set refuses 100 'xlab image install' native entry --boot-dir b bare.domain
check 'nor is a loop device' nothing_set of_a_device
check 'nor is a word' nothing_set refuses 100 'PARTUUID' native entry --boot-dir b --root sda bare.domain
check 'nor one that is more' nothing_set refuses 100 'would not pass' native entry --boot-dir b --root 'PARTUUID=1 init=/x' bare.domain
check 'no scratch disk' nothing_set refuses 100 "needs 'scratch'" native entry --boot-dir b --root PARTUUID=786c6162-01 noscratch.domain
check 'no GRUB' nothing_set refuses 100 'no GRUB 2' native entry --boot-dir nowhere bare.domain
check 'a grub.cfg that would not take it' nothing_set old_config
check 'a /boot on LVM, which GRUB cannot write' nothing_set cannot_write lvm
check 'nor btrfs' nothing_set cannot_write btrfs
check 'where GRUB cannot tell, that is said' cannot_tell
check 'no grub-editenv' nothing_set no_program
check "a kernel's line with a script in it" nothing_set bad_line
check 'a block that has lost its end' nothing_set lost_end
check "another's text that GRUB would not take" nothing_set others_are_broken
check 'no such run' nothing_set refuses 100 'letters, digits' native entry --boot-dir b --run 'a;b' bare.domain
check 'no number' nothing_set refuses 100 'take numbers' native entry --boot-dir b --warmups x bare.domain
check '--remove is alone' refuses 100 'goes with' native entry --remove --boot-dir b bare.domain
check 'no word' refuses 100 'entry or collect' native
check 'no such word' refuses 100 'entry or collect' native boot

# left FOLDER: the name of the boot that has left something there.
left() { ls "$1/xlab" | grep -v -e '^host$' -e stored; }
# agent_in FOLDER: the real agent where that is the scratch disk, until it asks PID 1, a shell, to restart the machine.
agent_in() {
	XLAB_LINK=scratch XLAB_SCRATCH=$tmp/$1 XLAB_WORKLOADS=$tmp PATH=$root/build/guest:$PATH \
		unshare --pid --fork --kill-child sh -c "trap 'exit 0' TERM; \"$agent\" & wait"
}
entry --repetitions 3 >/dev/null
mkdir -p left/xlab
debugfs -R 'cat /xlab/host' scratch.img 2>/dev/null >left/xlab/host

agent_leaves_results() {
	agent_in left
	left left | wc -l | grep -qx 1
	grep -c ' data/xlab/head ' "left/xlab/$(left left)"
	grep -q ' data/xlab/state done' "left/xlab/$(left left)"
}
collected() {
	"$xlab" native collect --store left.sqlite left >stdout
	cat stdout
	grep -q ': run r, one: done, [0-9]* pieces' stdout
	sql left.sqlite "SELECT run, uuid, domid, asked, status, link FROM guest" >rows
	[ "$(cat rows)" = "r $(left left) 0 native done scratch" ]
	[ "$(sql left.sqlite 'SELECT count(*) FROM sample')" -gt 2 ]
	[ -e "left/xlab/$(left left).stored" ]
}
collected_twice() {
	sql left.sqlite 'SELECT * FROM sample' >before
	rm "left/xlab/$(left left).stored"
	"$xlab" native collect --store left.sqlite left
	sql left.sqlite 'SELECT * FROM sample' | cmp before -
	sql left.sqlite 'SELECT status FROM guest' | grep -qx done
	[ -e "left/xlab/$(left left).stored" ]
}
same_from_a_disk() {
	cp scratch.img other.img
	debugfs -w -R "write left/xlab/$(left left) /xlab/$(left left)" other.img
	"$xlab" native collect --store disk.sqlite other.img
	sql disk.sqlite 'SELECT * FROM sample' | cmp before -
	debugfs -R 'ls -p /xlab' other.img | grep -q "$(left left).stored"
	e2fsck -fn other.img
}
# What a machine left that lost its power is lost, and what is whole later is not.
cut_anywhere() {
	file=left/xlab/$(left left)
	size=$(stat -c %s "$file")
	mkdir -p cut/xlab
	cp left/xlab/host cut/xlab
	for i in 1 2 3 4 5 6 7 8 9; do
		rm -f cut.sqlite
		head -c $((size * i / 10)) "$file" >"cut/xlab/$(left left)"
		"$xlab" native collect --store cut.sqlite cut
		sql cut.sqlite 'SELECT status FROM guest' | grep -qx lost
		[ ! -e "cut/xlab/$(left left).stored" ]
		cp "$file" cut/xlab
		"$xlab" native collect --store cut.sqlite cut
		sql cut.sqlite 'SELECT status FROM guest' | grep -qx done
		sql cut.sqlite 'SELECT * FROM sample' | cmp before -
		rm "cut/xlab/$(left left).stored"
	done
}
agent_removes_what_is_stored() {
	old=$(left left)
	mv "left/xlab/$old" "left/xlab/00000000-0000-0000-0000-000000000001"
	mv "left/xlab/$old.stored" "left/xlab/00000000-0000-0000-0000-000000000001.stored"
	agent_in left
	[ "$(left left)" = "$old" ]
	[ ! -e "left/xlab/00000000-0000-0000-0000-000000000001.stored" ]
}

# hostile NAME: a folder with what a host said, and a file of junk that has a boot's name.
junk_uuid=11111111-2222-3333-4444-555555555555
hostile() {
	mkdir -p "$1/xlab"
	cp left/xlab/host "$1/xlab"
	cat >"$1/xlab/$junk_uuid"
}
junk_is_refused() {
	junk 100000 | hostile junk
	refuses 100 'nothing that an agent wrote' native collect --store junk.sqlite junk
	sql junk.sqlite 'SELECT count(*) FROM guest' | grep -qx 0
}
another_boots_file() {
	hostile forged <"left/xlab/$(left left)"
	refuses 100 'nothing that an agent wrote' native collect --store forged.sqlite forged
	sql forged.sqlite 'SELECT count(*) FROM guest' | grep -qx 0
}
# forge KEY VALUE...: lines of the guest's, with a right CRC.
forge() {
	python3 - "$@" <<-'EOT'
		import sys, zlib
		for key, value in zip(sys.argv[1::2], sys.argv[2::2]):
		    body = key + ' ' + ''.join(c if '!' <= c <= '~' and c != '%' else '%%%02x' % ord(c) for c in value)
		    print('xlab1 %08x %s' % (zlib.crc32(body.encode()), body))
	EOT
}
liars_are_invalid() {
	forge data/xlab/boot $junk_uuid data/xlab/version 1.0 data/xlab/head 4000000000 | hostile liar
	"$xlab" native collect --store liar.sqlite liar
	sql liar.sqlite 'SELECT status, why FROM guest' | grep -q '^invalid broke the protocol'
	[ -e "liar/xlab/$junk_uuid.stored" ]
}
bad_words() {
	forge data/xlab/boot $junk_uuid | hostile bad
	forge xlab/run 'a;b' xlab/workload one xlab/size quick xlab/mode native xlab/image 00 >bad/xlab/host
	refuses 100 'nothing that an agent wrote' native collect --store bad.sqlite bad
	sql bad.sqlite 'SELECT count(*) FROM guest' | grep -qx 0
}
not_files() {
	hostile pipes </dev/null
	rm "pipes/xlab/$junk_uuid"
	mkfifo "pipes/xlab/$junk_uuid"
	refuses 100 'nothing that an agent wrote' native collect --store pipes.sqlite pipes
	rm "pipes/xlab/$junk_uuid"
	ln -s "$tmp/disk.img" "pipes/xlab/$junk_uuid"
	refuses 100 'symbolic' native collect --store pipes.sqlite pipes
}
one_bad_stops_nothing() {
	hostile mixed <"left/xlab/$(left left)"
	cp "left/xlab/$(left left)" mixed/xlab
	refuses 100 'nothing that an agent wrote' native collect --store mixed.sqlite mixed
	sql mixed.sqlite "SELECT status FROM guest WHERE uuid = '$(left left)'" | grep -qx done
}
store_fails() {
	rm -f "left/xlab/$(left left).stored"
	: >full.sqlite
	echo text >full.sqlite
	refuses 100 'not a store' native collect --store full.sqlite left
	[ ! -e "left/xlab/$(left left).stored" ]
}
unclean() {
	cp scratch.img unclean.img
	debugfs -w -R 'feature needs_recovery' unclean.img
	refuses 100 'e2fsck' native collect --store u.sqlite unclean.img
}
no_label() {
	truncate -s 8M plain.img
	mke2fs -q -t ext4 plain.img
	refuses 100 'xlab-scratch' native collect --store u.sqlite plain.img
}
mkdir -p empty
if [ "$(id -u)" -eq 0 ]; then
	check 'an agent leaves its results on the scratch disk' agent_leaves_results
	check 'they are stored, and marked' collected
	check 'once, however often' collected_twice
	check 'from a disk that nobody mounts, too' same_from_a_disk
	check 'a file that was cut is lost until the rest is there' cut_anywhere
	check 'what is stored goes with the next boot' agent_removes_what_is_stored
else
	skip 'the agent and its scratch disk' 'needs root'
fi
check 'junk is nothing' junk_is_refused
check "another boot's file" another_boots_file
check 'a guest that breaks the protocol' liars_are_invalid
check 'words that no host says' bad_words
check 'what is no file' not_files
check 'one that is bad keeps no other from being stored' one_bad_stops_nothing
check 'no store, no mark' store_fails
check 'a file system that was not unmounted' unclean
check 'a disk without the label' no_label
check 'a folder with nothing of ours' refuses 100 'nothing of xlab native entry' native collect --store u.sqlite empty
check 'no such disk' refuses 100 'No such file' native collect nowhere
check 'no disk' refuses 100 'needs one SCRATCH' native collect

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
	sql out.plan/results.sqlite 'SELECT status FROM boot' | grep -qx done
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
