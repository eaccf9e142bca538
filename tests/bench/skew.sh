#!/bin/sh
# SPDX-License-Identifier: ISC
#
# skew.sh JSON: how far apart eight guests on a real xenstored begin that are to start together: by the
# barrier, and by ssh to eight dropbears at once. The guests are agents on this machine, so their clocks
# are one, and the ssh is without a network: what differs is the way. SKEW_ROUNDS (7) of each; medians.
set -eu

guests=8
if [ $# -eq 1 ]; then
	exec unshare -m build/test/with_store c $guests "$0" "$1" run
fi

json=$1
xlab=$PWD/build/host/xlab
agent=$PWD/build/guest/xlab-agent
tmp=$(mktemp -d)
trap 'kill $pids 2>/dev/null || :; rm -rf "$tmp"' EXIT
pids=
# The cache, where it really is, may be in root's home.
dropbear=$tmp/dropbearmulti
cp build/sysroot/dropbear/dropbearmulti "$dropbear"
mkdir "$tmp/workloads" "$tmp/home" "$tmp/home/.ssh"
echo 'true' >"$tmp/workloads/w"

each() { for g in $(seq $guests); do "$@" || return; done; }

until_true() {
	end=$(($(date +%s) + 60))
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || { echo "skew.sh: $* does not come true" >&2; exit 1; }
		sleep 0.05
	done
}

# Each guest's sshd, at a port of its own; root's home is ours, where they and the client look.
mount_home() {
	chmod 700 "$tmp/home" "$tmp/home/.ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/home/.ssh/id"
	cp "$tmp/home/.ssh/id.pub" "$tmp/home/.ssh/authorized_keys"
	"$dropbear" dropbearkey -t ed25519 -f "$tmp/hostkey" >/dev/null 2>&1
	mount --bind "$tmp/home" /root
}
port() { echo $((20000 + $$ % 20000 + g)); }
sshd() {
	"$dropbear" dropbear -F -E -r "$tmp/hostkey" -P "$tmp/pid.$g" -p "127.0.0.1:$(port)" 2>"$tmp/sshd.$g" &
	pids="$pids $!"
}
call() {
	ssh -q -i /root/.ssh/id -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-p "$(port)" root@127.0.0.1 "$1" &
	calls="$calls $!"
}

tell() {
	home=/local/domain/$g/xlab
	xenstore-write "$home/mode" native "$home/workload" w "$home/size" quick "$home/image" 00 \
		"$home/barrier" "$guests $name" "$home/sync" "$way" "$home/run" skew
}
start() {
	XENSTORED_PATH=$(printenv "GUEST_$g") XLAB_WORKLOADS=$tmp/workloads XLAB_START_FIFO=$tmp/start.$g \
		unshare -p -f --kill-child sh -c "trap 'exit 0' USR2; '$agent' & wait" 2>"$tmp/agent.$g" &
	agents="$agents $!"
}
state_is() { [ "$(xenstore-read "/local/domain/$g/data/xlab/state" 2>/dev/null)" = "$1" ]; }
reaches() { until_true state_is "$1"; }
forget() {
	xenstore-rm "/local/domain/$g/xlab"
	XENSTORED_PATH=$(printenv "GUEST_$g") xenstore-rm data/xlab
}
start_by_ssh() { call "echo >$tmp/start.$g"; }

# round WAY: prints the skew in ns.
round() {
	way=$1 name=$1.$2 agents='' calls=''
	"$xlab" collect --store "$tmp/$name.db" 2>"$tmp/collector" &
	collector=$!
	each tell
	each start
	if [ "$way" = ssh ]; then
		each reaches armed
		until_true grep -q 'guests are armed' "$tmp/collector"
		each start_by_ssh
		# Words of $calls are process numbers.
		# shellcheck disable=SC2086
		wait $calls
	fi
	each reaches 'done'
	kill $collector
	wait $collector
	# shellcheck disable=SC2086
	kill $agents 2>/dev/null || :
	each forget
	python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT skew_ns FROM barrier").fetchone()[0])' \
		"$tmp/$name.db"
}

mount_home
each sshd
rounds=${SKEW_ROUNDS:-7}
for way in xenstore ssh; do
	for i in $(seq "$rounds"); do round $way "$i"; done >"$tmp/$way"
done
python3 - "$tmp/xenstore" "$tmp/ssh" "$json" <<'EOT'
import json, statistics, sys
barrier, ssh = ([int(line) / 1e6 for line in open(name)] for name in sys.argv[1:3])
a, b = statistics.median(barrier), statistics.median(ssh)
json.dump({"guests": 8, "barrier_ms": barrier, "ssh_ms": ssh, "ratio": a / b}, open(sys.argv[3], "w"))
print("skew of a start of 8 guests, ms: barrier %.3f, ssh %.3f; ratio %.3f (goal: at most 0.1)" % (a, b, a / b))
EOT
