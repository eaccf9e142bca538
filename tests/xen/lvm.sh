# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# For the scripts beside it, which run in dom0: real logical volumes, and guests on them by way of xlab
# start. /xlab holds xlab, the image and the expect scripts.

xlab=/xlab/xlab
work=/var/tmp/lvm
export HOME=/root

# No udev in this dom0: lvm makes its own names. What it says is of interest when it fails only.
lvm() {
	command lvm "$@" --config 'activation{udev_sync=0 udev_rules=0}
		devices{obtain_device_list_from_udev=0 use_devicesfile=0} backup{backup=0 archive=0}' \
		>$work/lvm.log 2>&1 || fail "lvm $*: $(cat $work/lvm.log)"
}

now() { date +%s; }
say() { echo "# $*"; }

fail() {
	echo "$*"
	exit 1
} >&2

# begin STEP, then done_in: says how long it took.
begin() { step=$1 step_start=$(now); }
done_in() { say "$step: $(($(now) - step_start)) s"; }

hash_of() { sha256sum <"$1" | cut -c1-64; }

# group MIB: the volume group lab, of which nothing is left at the end.
group() {
	mkdir -p $work
	modprobe dm-mod
	truncate -s "$1M" $work/pv
	pv=$(losetup -f --show $work/pv)
	trap ungroup EXIT
	lvm vgcreate -q lab "$pv"
}

# A guest's back end holds its volumes a little longer.
ungroup() {
	for name in $(xl list | awk 'NR > 1 && $2 != 0 { print $1 }'); do
		xl destroy "$name"
	done
	end=$(($(now) + 60))
	until (lvm vgremove -qq -f lab) 2>$work/end; do
		[ "$(now)" -lt $end ] || fail "$(cat $work/end)"
		sleep 0.2
	done
	losetup -d "$pv"
	rm -r $work
}

# volume NAME MIB: sets dev.
volume() {
	lvm lvcreate -q -y -W y -L "$2M" -n "$1" lab
	dev=/dev/lab/$1
	[ -b "$dev" ] || fail "no $dev: $(ls -l /dev/lab /dev/mapper)"
}

# refused WORD COMMAND...: exits 100 with one line that has the word.
refused() {
	word=$1 status=0
	shift
	"$@" >$work/said 2>&1 || status=$?
	[ $status -eq 100 ] || fail "$*: exit $status, not 100: $(cat $work/said)"
	[ "$(wc -l <$work/said)" -eq 1 ] || fail "$*: not one line: $(cat $work/said)"
	grep -q -e "$word" $work/said || fail "$*: no '$word': $(cat $work/said)"
}

# boots WHAT MODE HOW ROOT: to a shell whose root is that device, and down again.
boots() {
	begin "$2 ($3) from $1"
	/xlab/disk-console.exp "$@"
	$xlab stop console
	done_in
}
