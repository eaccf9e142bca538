#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab native, from outside: the entry in the menu of a GRUB that is a folder, with GRUB's own programs; what the
# real agent leaves on a scratch disk, and what somebody else does. The agent needs root. TAP.
set -eu

tmp=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/cli/native-image.sh
. "$PWD/tests/cli/native-image.sh"

describe bare 'workload = one' 'scratch = scratch.img' 'vcpus = 2'
describe noscratch 'workload = one'

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
	# shellcheck disable=SC2123
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
left() { find "$1/xlab" -type f -name '*-*' ! -name '*.stored' -printf '%f\n'; }
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
	sql left.sqlite 'SELECT status FROM guest' | grep -qx 'done'
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
		sql cut.sqlite 'SELECT status FROM guest' | grep -qx 'done'
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
	sql mixed.sqlite "SELECT status FROM guest WHERE uuid = '$(left left)'" | grep -qx 'done'
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
echo "1..$n"
exit "$failed"
