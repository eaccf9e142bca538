#!/bin/sh
# SPDX-License-Identifier: ISC
#
# start.sh mode MODE direct|pygrub: a guest from xlab start to xlab stop.
# start.sh convert: an HVM guest's old config as that of each other kind, and back, by xlab cfg convert.
# start.sh twice: every way to a disk that a domain has already is refused, and says who has it.
# start.sh race: two xlab start at once, 50 times, over all pairs of modes: one of them wins.
#
# In dom0, with /xlab holding xlab, the image and the expect scripts.
set -eu

xlab=/xlab/xlab
work=/tmp/start
img=$work/xlab.img
export HOME=/root

fail() {
	echo "start: $*"
	$xlab list
	exit 1
} >&2

say() { echo "# $*"; }

within() {
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# How many domains there are beside this one.
guests() { xl list | awk 'NR > 1 && $2 != 0' | wc -l; }

take_away() {
	for name in $(xl list | awk 'NR > 1 && $2 != 0 { print $1 }'); do
		xl destroy "$name"
	done
	within 60 has_no_guests
}
has_no_guests() { [ "$(guests)" -eq 0 ]; }

prepare() {
	mkdir -p $work
	[ -f $img ] || cp /xlab/xlab.img $img
	trap take_away EXIT
}

# refused WHO WORD...: xlab start says that WHO has the disk, exits 100 and leaves no domain behind.
refused() {
	who=$1 status=0 before=$(guests)
	shift
	$xlab start "$@" --name second --paused >$work/said 2>&1 || status=$?
	[ $status -eq 100 ] || fail "start $*: exit $status, not 100: $(cat $work/said)"
	grep -q "in use by $who" $work/said || fail "start $*: does not name $who: $(cat $work/said)"
	[ "$(wc -l <$work/said)" -eq 1 ] || fail "start $*: more than a line: $(cat $work/said)"
	[ "$(guests)" -eq "$before" ] || fail "start $*: left a domain"
}

mode() {
	mode=$1 boot=$2 begin=$(date +%s)
	/xlab/start-console.exp $img "$mode" "$boot"
	say "$mode, $boot: at the prompt and back: $(($(date +%s) - begin)) s"
	$xlab list --json >$work/list
	grep -q "\"mode\": \"$mode\"" $work/list || fail "list: not $mode: $(cat $work/list)"
	grep -q "\"path\": \"$img\"" $work/list || fail "list: not its disk: $(cat $work/list)"
	$xlab stop console
	has_no_guests || fail "stop: still there"
	say "$mode, $boot: stopped: $(($(date +%s) - begin)) s"
	# The disk is free again.
	$xlab start $img --mode "$mode" --boot "$boot" --name again --paused
	$xlab stop --wait 0 --force again
}

# converted FROM MODE OPTION...: boots it and looks what it is.
converted() {
	from=$1 to=$2 begin=$(date +%s)
	shift 2
	cfg=$work/lab-$to.cfg
	$xlab cfg convert --to "$to" "$@" --out "$cfg" "$from" 2>$work/said ||
		fail "convert --to $to: $(cat $work/said)"
	$xlab cfg lint --mode "$to" "$cfg" >$work/said 2>&1 || fail "lint: $(cat $work/said "$cfg")"
	/xlab/start-console.exp "$cfg" "$to" config
	$xlab list --json | grep -q "\"mode\": \"$to\"" || fail "not $to: $($xlab list)"
	$xlab stop console
	say "converted to $to, booted and stopped: $(($(date +%s) - begin)) s"
}

convert() {
	$xlab image extract $img /boot/vmlinuz $work/vmlinuz
	$xlab image extract $img /boot/cmdline $work/cmdline
	cmdline=$(cat $work/cmdline)
	cat >$work/lab.cfg <<-END
		# the lab's HVM guest, as it was written years ago
		builder = "hvm"
		name = "console"
		memory = 128
		disk = [ 'file:$img,hda,w' ]
		boot = "c"	# its own GRUB
		serial = "pty"
		vga = "none"
	END
	converted $work/lab.cfg pv --kernel $work/vmlinuz --cmdline "$cmdline"
	converted $work/lab-pv.cfg pvh
	converted $work/lab-pvh.cfg pvhvm
	busybox cmp $work/lab.cfg $work/lab-pvhvm.cfg || fail "not the config that it was"
}

# Other ways to the same bytes.
make_ways() {
	mkdir -p $work/bound
	[ -L $work/symlink ] || ln -s xlab.img $work/symlink
	[ -e $work/hard ] || ln $img $work/hard
	mountpoint -q $work/bound || mount --bind $work $work/bound
	loop=$(losetup -j $img -O NAME -n | head -n 1)
	[ -n "$loop" ] || loop=$(losetup -fP --show $img)
	rm -f $work/node
	mknod $work/node b 7 "${loop#/dev/loop}"
}

xl_config() {
	cat >$work/plain.cfg <<-END
		name = "plain"
		type = "pv"
		memory = 64
		kernel = "$work/vmlinuz"
		disk = [ 'format=raw,vdev=xvda,access=rw,target=$1' ]
	END
}

twice() {
	make_ways
	$xlab image extract $img /boot/vmlinuz $work/vmlinuz
	$xlab start $img --mode pv --name first --paused
	for way in $img $work/symlink $work/hard $work/bound/xlab.img "$loop" "${loop}p1" $work/node; do
		refused "domain first (" "$way" --mode pvh
	done
	for mode in pv pvh pvhvm hvm; do refused "domain first (" $img --mode $mode; done
	refused "domain first (" --description /xlab/demo.domain --set disk=$img --mode pv
	cp $img $work/other.img
	refused "domain first (" $work/other.img --mode pv --set scratch=$work/symlink
	xl_config $work/hard
	status=0
	$xlab start $work/plain.cfg >$work/said 2>&1 || status=$?
	[ $status -eq 100 ] && grep -q "in use by domain first (" $work/said ||
		fail "start of a config: $status: $(cat $work/said)"
	mv $img $work/moved.img
	refused "domain first (" $work/moved.img --mode pv
	mv $work/moved.img $img
	say "one disk by each path, in each mode, as scratch disk, from a config and under a new name"

	# The lock goes with xl, the domain stays: then xenstore says who has the disk.
	pkill -9 -x xl
	refused "domain first (" $work/hard --mode pv
	$xlab stop --wait 0 --force first
	say "xl killed"

	# What is no disk.
	status=0
	$xlab start /xlab/demo.domain --mode pvhvm --name junk >$work/said 2>&1 || status=$?
	[ $status -eq 100 ] && [ "$(wc -l <$work/said)" -eq 1 ] || fail "junk: $status: $(cat $work/said)"

	# What xl started itself.
	xl create -p -q $work/plain.cfg
	refused "domain plain (" $img --mode pvh
	$xlab stop --wait 0 --force plain
	say "a domain of xl's"

	# This machine itself.
	mkdir -p $work/mnt
	mount -r "${loop}p1" $work/mnt
	refused "this machine (" $img --mode pv
	umount $work/mnt
	say "mounted"

	scratches
	overtaken
	killed
	reused
	losetup -d "$loop"
	umount $work/bound
}

# Two guests with disks of their own, and one scratch disk.
scratches() {
	mke2fs -q -t ext4 -O mmp -L xlab-scratch $work/scratch.img 8M
	ln $work/scratch.img $work/scratch.hard
	$xlab start $img --mode pvh --name first --paused --set scratch=$work/scratch.img
	refused "domain first (" $work/other.img --mode pv --set scratch=$work/scratch.hard
	$xlab stop --wait 0 --force first
	say "one scratch disk"
}

# How many domains have a disk; all here have the same one.
users() {
	for domid in $(xenstore-list /libxl); do
		if [ -n "$(xenstore-list "/libxl/$domid/device/vbd" 2>/dev/null)" ]; then echo "$domid"; fi
	done | wc -l
}
has_user() { [ "$(users)" -gt 0 ]; }
exists() { xl domid "$1" >/dev/null 2>&1; }
is_over() { ! kill -0 "$pid" 2>/dev/null; }

# xl is asked first and gets the disk after xlab has looked: xlab looks again, and takes its domain back.
# Domains are numbered, so a third one tells whether xlab had made its own.
overtaken() {
	for attempt in 1 2 3 4 5; do
		xl create -q -p $work/plain.cfg & pid=$!
		status=0
		$xlab start $img --mode pvh --name second --paused 2>$work/said || status=$?
		wait $pid
		[ $status -eq 100 ] && grep -q 'in use by domain plain (' $work/said ||
			fail "overtaken: exit $status: $(cat $work/said)"
		[ "$(users)" -eq 1 ] || fail "overtaken: $(users) have the disk"
		plain=$(xl domid plain)
		$xlab stop --wait 0 --force plain
		$xlab start $img --mode pv --name probe --paused
		probe=$(xl domid probe)
		$xlab stop --wait 0 --force probe
		if [ "$probe" -eq $((plain + 2)) ]; then
			say "overtaken by xl (attempt $attempt)"
			return
		fi
	done
	fail "xlab was never overtaken by xl"
}

# xlab killed in the middle leaves no lock; a domain that has the disk by then says so.
killed() {
	for moment in is_new exists has_user; do
		$xlab start $img --mode pv --name first --paused & pid=$!
		until "$moment" first || is_over; do sleep 0.05; done
		kill -9 $pid 2>/dev/null || true
		wait $pid || true
		had=$(users)
		status=0
		$xlab start $img --mode pv --name second --paused 2>$work/said || status=$?
		[ "$(users)" -eq 1 ] || fail "killed, $moment: $(users) have the disk"
		case $had-$status in
		0-0) ;;
		1-100) grep -q 'in use by domain first (' $work/said || fail "killed, $moment: $(cat $work/said)" ;;
		*) fail "killed, $moment: $had had the disk, exit $status: $(cat $work/said)" ;;
		esac
		say "xlab killed, $moment: $had had the disk"
		[ "$moment-$had" != is_new-1 ] && [ "$moment-$had" != has_user-0 ] || fail "killed too late or too early"
		take_away
	done
}
is_new() { :; }

# What an earlier domain of that name has left is not taken for this disk's, and xl takes a name of digits
# for somebody else's number.
reused() {
	truncate -s 8M $work/foreign.img
	mke2fs -q -t ext4 $work/foreign.img
	status=0
	$xlab start $work/foreign.img --mode pv --name first >$work/said 2>&1 || status=$?
	[ $status -eq 111 ] && grep -q pygrub /run/xlab/domains/first/pv.cfg ||
		fail "a foreign disk: exit $status: $(cat $work/said)"
	sed 's/name = "plain"/name = "1"/' $work/plain.cfg >$work/digits.cfg
	status=0
	$xlab start $work/digits.cfg >$work/said 2>&1 || status=$?
	[ $status -eq 100 ] && grep -q "no 'name'" $work/said || fail "digits: $status: $(cat $work/said)"
	say "a folder that was used, a name that is none"
}
has_one_guest() { [ "$(guests)" -eq 1 ]; }

# one_race MODE PATH MODE PATH
one_race() {
	s1=0 s2=0
	$xlab start "$2" --mode "$1" --name a --paused 2>$work/a & a=$!
	$xlab start "$4" --mode "$3" --name b --paused 2>$work/b & b=$!
	wait $a || s1=$?
	wait $b || s2=$?
	has_one_guest || fail "race $*: $(guests) domains: $s1 $s2: $(cat $work/a $work/b)"
	case $s1-$s2 in
	0-100) winner=a loser=b ;;
	100-0) winner=b loser=a ;;
	*) fail "race $*: exit $s1 and $s2: $(cat $work/a $work/b)" ;;
	esac
	grep -q "in use by domain $winner (" $work/$loser ||
		fail "race $*: does not name $winner: $(cat $work/$loser)"
	$xlab stop --wait 0 --force $winner
}

race() {
	make_ways
	set -- $img $work/symlink $work/hard $work/bound/xlab.img "$loop"
	races=0 a_won=0 begin=$(date +%s)
	while [ $races -lt 50 ]; do
		for first in pv pvh pvhvm hvm; do
			for second in pv pvh pvhvm hvm; do
				[ $races -lt 50 ] || continue
				one_race $first "$1" $second "$2"
				[ $winner = b ] || a_won=$((a_won + 1))
				races=$((races + 1))
				first_way=$1
				shift
				set -- "$@" "$first_way"
			done
		done
	done
	[ $a_won -gt 0 ] && [ $a_won -lt $races ] || fail "$a_won of $races won by the first: no races"
	say "$races races, $a_won won by the first: $(($(date +%s) - begin)) s"
	losetup -d "$loop"
	umount $work/bound
}

prepare
"$@"
