#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab collect from outside, with either xenstored: once, in the background, never twice, on a full disk,
# with guests that speak other protocols, and starts together. TAP.
set -eu

if [ $# -eq 0 ]; then
	n=0 failed=0
	for daemon in c o; do
		build/test/with_store $daemon 4 "$0" $daemon "$n" || failed=1
		n=$((n + $(cat build/test/collect.count)))
	done
	echo "1..$n"
	exit $failed
fi

daemon=$1
xlab=$PWD/build/host/xlab
agent=$PWD/build/guest/xlab-agent
count=$PWD/build/test/collect.count
PATH=$PWD/build/guest:$PATH # xlab-work
tmp=$(mktemp -d)
trap 'umount "$tmp/full" 2>/dev/null || :; rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
n=$2 first=$2
cd "$tmp"
mkdir workloads full
cat >workloads/one.sh <<-'EOT'
	echo '{"type":"sample","workload":"w","benchmark":"b'"$1"'","unit":"ns/op","index":0,"ops":1,"value":2.5}'
EOT
for step in 1 2 3; do echo "sh $tmp/workloads/one.sh $step"; done >workloads/w

query() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute(sys.argv[2]).fetchone()[0])' "$@"; }

# stored FILE SQL VALUE
stored() { [ "$(query "$1" "$2")" = "$3" ]; }

# tell GUEST KEY VALUE...: as the toolstack does, the run last.
tell() {
	home=/local/domain/$1/xlab
	shift
	xenstore-write "$home/mode" native "$home/workload" w "$home/size" quick "$home/image" 00
	while [ $# -gt 0 ]; do
		xenstore-write "$home/$1" "$2"
		shift 2
	done
}

# forget GUEST: nothing was ever said.
forget() { xenstore-rm "/local/domain/$1/xlab" && as "$1" xenstore-rm data/xlab; }

# as GUEST COMMAND...
as() {
	bus=$(printenv "GUEST_$1")
	shift
	XENSTORED_PATH=$bus "$@"
}

# run GUEST: its agent, with a PID 1 of its own to signal.
run() {
	XLAB_WORKLOADS=$tmp/workloads XLAB_START_FIFO=$tmp/start.$1 as "$1" \
		unshare -p -f --kill-child sh -c "trap 'exit 0' USR2; '$agent' & wait" >>"agent.$1" 2>&1 &
	pids="$pids $!"
}

says() { [ "$(xenstore-read "/local/domain/$1/data/xlab/state" 2>/dev/null)" = "$2" ]; }

# alone COMMAND...: what it has started, $pids, ends with it.
alone() {
	pids=
	trap 'rc=$?; kill -KILL $pids 2>/dev/null || :; wait; exit $rc' EXIT
	"$@"
}

# collect ARG...: a collector, $pid; what it says goes to the file collector.
collect() {
	"$xlab" collect "$@" >shown 2>collector &
	pid=$!
	pids="$pids $pid"
}

ends() {
	kill "$pid"
	within 10 sh -c "! kill -0 $pid 2>/dev/null"
	cat collector
}

once_takes_what_is_there() {
	tell 1 run once
	run 1
	within 10 says 1 ready
	within 20 sh -c "'$xlab' collect --store once.db --once && [ \"\$(xenstore-read /local/domain/1/data/xlab/state)\" = 'done' ]"
	stored once.db "SELECT count(*) FROM sample" 3
	stored once.db "SELECT status FROM guest" 'done'
	"$xlab" collect --store once.db --once
	stored once.db "SELECT count(*) FROM record" 5
	forget 1
}

daemon_is_one() {
	"$xlab" collect --store d.db --daemon --pid d.pid --log d.log
	pid=$(cat d.pid)
	kill -0 "$pid"
	status=0
	"$xlab" collect --store e.db 2>said || status=$?
	cat said
	[ $status -eq 100 ]
	[ "$(wc -l <said)" -eq 1 ]
	grep -q "another collector runs already (process $pid) and stores in $PWD/d.db" said
	pids=$pid
	tell 1 run daemon
	run 1
	within 20 says 1 'done'
	kill "$pid"
	within 10 sh -c "! kill -0 $pid 2>/dev/null"
	[ ! -e d.pid ]
	stored d.db "SELECT status FROM guest" 'done'
	grep -q 'domain 1 (native): done' d.log
	forget 1
}

daemon_says_why_not() {
	status=0
	echo junk >junk.db
	"$xlab" collect --store junk.db --daemon --log d.log 2>said || status=$?
	cat said
	[ $status -eq 100 ]
	grep -q 'junk.db' said
}

# The disk is full until somebody makes room.
full_disk_is_waited_for() {
	mount -t tmpfs -o size=256k none full
	collect --store full/r.db
	within 10 [ -e full/r.db-wal ] # the store is made
	head -c 256000 /dev/zero >full/ballast 2>/dev/null || :
	tell 1 run full
	run 1
	within 20 grep -q 'cannot store, will go on trying' collector
	within 20 says 1 ready
	rm full/ballast
	within 30 says 1 'done'
	ends
	[ "$(grep -c 'cannot store' collector)" -eq 1 ]
	stored full/r.db "SELECT count(*) FROM sample" 3
	umount full
	forget 1
}

follow_shows_lines() {
	collect --store f.db --follow
	tell 1 run follow
	run 1
	within 20 grep -q '^domain 1 .*native done .* b3 2.5 ns/op' shown
	ends
	forget 1
}

# As SPEC CPU's programs are called: a workload and its benchmark, all the way.
names_have_dots() {
	key=spec.cpu2006.results.429_mcf.base.000
	printf '%s\n' "$key.benchmark: 429.mcf" "$key.reported_time: 287.4" "$key.valid: S" >rsf
	printf '%s\n' "quick = cat $tmp/rsf" 'metric = rsf' 'warmups = 0' 'repetitions = 1' >workloads/429.mcf
	collect --store n.db
	tell 1 workload 429.mcf run dots
	run 1
	within 20 says 1 'done'
	ends
	stored n.db "SELECT workload || ' ' || benchmark || ' ' || value || ' ' || unit FROM sample" '429.mcf 429.mcf 287.4 s'
	forget 1
}

# A guest of tomorrow, in two lines of shell, and one of another age.
versions_are_told_apart() {
	collect --store v.db
	tell 1 run versions
	tell 2 run versions
	as 1 xenstore-write data/xlab/version 1.9
	as 2 xenstore-write data/xlab/version 2.0
	within 10 xenstore-exists /local/domain/2/xlab/refused
	[ "$(as 2 xenstore-read xlab/refused)" = 'speaks protocol 2.0; this host speaks 1.x' ]
	[ "$(as 1 xenstore-read xlab/version)" = 1.0 ]
	! xenstore-exists /local/domain/1/xlab/refused
	ends
	stored v.db "SELECT status || ' ' || why FROM guest WHERE domid = 2" 'invalid speaks protocol 2.0; this host speaks 1.x'
	forget 1
	forget 2
}

agent_ends_when_it_is_refused() {
	tell 1 run refused
	run 1
	within 10 says 1 ready
	xenstore-write /local/domain/1/xlab/refused 'no room'
	within 10 says 1 failed
	cat agent.1
	grep -q 'takes nothing more: no room' agent.1
	forget 1
}

# all COMMAND...: for each guest.
all() { for guest in 1 2 3 4; do "$@" || return; done; }

tell_together() { tell "$guest" barrier "4 together" sync "$1" run "together by $1"; }
run_this() { run "$guest"; }
this_says() { within 30 says "$guest" "$1"; }
start_this() { echo >"start.$guest"; }
forget_this() { forget "$guest"; }

starts_together() {
	collect --store "$1.db"
	all tell_together "$1"
	all run_this
	if [ "$1" = ssh ]; then
		all this_says armed
		within 20 grep -q 'all 4 guests are armed' collector
		all start_this
	fi
	all this_says 'done'
	ends
	stored "$1.db" "SELECT count(*) FROM barrier_guest WHERE actual_ns > 0 AND error_ns >= 0" 4
	stored "$1.db" "SELECT (planned_ns > 0) || ' ' || guests || ' ' || (skew_ns >= 0) FROM barrier" "$2 4 1"
	all forget_this
}

# As before the first domain. Nobody is served behind this one.
nobody_is_there() {
	xenstore-rm /local/domain
	"$xlab" collect --once --store none.db >out 2>&1 && [ ! -s out ]
}

check "once, with $daemon" alone once_takes_what_is_there
check "a daemon, which is one, with $daemon" alone daemon_is_one
check "a daemon that cannot be says why, with $daemon" alone daemon_says_why_not
check "a full disk, with $daemon" alone full_disk_is_waited_for
check "--follow, with $daemon" alone follow_shows_lines
check "names with dots, with $daemon" alone names_have_dots
check "versions, with $daemon" alone versions_are_told_apart
check "a refused agent ends, with $daemon" alone agent_ends_when_it_is_refused
check "a start together by xenstore, with $daemon" alone starts_together xenstore 1
check "a start together by ssh, with $daemon" alone starts_together ssh 0
check "no domain at all, with $daemon" nobody_is_there
echo $((n - first)) >"$count"
exit "$failed"
