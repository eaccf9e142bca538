# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034
#
# For the scripts beside it, which run in dom0: one guest, made, watched and taken away as xlab run does
# it, but without a run, so that its agent waits. /xlab holds xlab, domain_state and the expect script.
# The guest's name tells its console's log from others'.
#
# guest_set NAME MODE, then the rest. What takes time says how much.

net=10.9.0
name='' mode='' domid='' other='' step='' ssh_seconds=60
export HOME=/root

now() { date +%s; }
say() { echo "# $name: $*"; }

fail() {
	echo "$name: $*"
	[ -z "$domid" ] || echo "$name: domain $domid: $(/xlab/domain_state "$domid")"
	echo "$name: the last lines of its console:"
	tail -n 40 "/var/log/xen/console/guest-$name.log"
	exit 1
} >&2

# begin STEP, then done_in: says how long it took.
begin() { step=$1 step_start=$(now); }
done_in() { say "$step: $(($(now) - step_start)) s"; }

# within SECONDS COMMAND...: COMMAND succeeds before they are over.
within() {
	within_end=$(($(now) + $1))
	shift
	until "$@"; do
		[ "$(now)" -lt "$within_end" ] || return 1
		sleep 0.2
	done
}

guest_key() { xenstore-read "/local/domain/$domid/$1" 2>/dev/null; }
guest_give() { xenstore-write "/local/domain/$domid/xlab/$1" "$2"; }
guest_is() { [ "$(guest_key data/xlab/state)" = "$1" ]; }
guest_is_gone() { ! xl domid "$name" >/dev/null 2>&1; }
guest_is_other() { other=$(xl domid "$name" 2>/dev/null) && [ "$other" != "$domid" ]; }
guest_has_log() { guest_key data/xlab/log | grep -q 'xlab-init: seed ended with 0'; }

guest_set() {
	name=$1 mode=$2
	cd /tmp || exit
	ip addr replace "$net.1/24" dev xenbr0
	for key in key stranger; do
		[ -f $key ] || dropbearkey -t ed25519 -f $key >/dev/null 2>&1
	done
	{
		sed '/^name/d; /^disk/d' /xlab/demo.domain
		printf '%s\n' "name = $name" 'disk = /tmp/xlab.img' 'bridge = xenbr0' \
			'mac = 00:16:3e:00:00:02' "network = eth0,$net.2/24"
	} >"$name.domain"
	/xlab/xlab cfg render --mode "$mode" --disk /tmp/xlab.img --out "$name" "$name.domain" >/dev/null
	trap guest_end EXIT
}

# Whatever happened, the next test finds xenstored and no guest. One that has shut down is about to be
# taken away by its own xl.
guest_end() {
	kill -CONT "$(cat /run/xen/xenstored.pid)" || return
	domid=$(xl domid "$name" 2>/dev/null) || return 0
	[ "$(/xlab/domain_state "$domid")" != running ] || xl destroy "$name"
	within 60 guest_is_gone
}

# What the host tells the guest. Not xlab/run.
guest_tell() {
	guest_give net "eth0,$net.2/24"
	guest_give ssh-keys "$(dropbearkey -y -f key | grep '^ssh-')"
}

guest_boot() {
	begin "create"
	xl create -q -p "$name/$mode.cfg"
	domid=$(xl domid "$name")
	guest_tell
	done_in
	begin "unpause to ready"
	xl unpause "$name"
	within 300 guest_is ready || fail "not ready"
	done_in
}

# on_console VERB: see init-console.exp.
on_console() {
	begin "console $1"
	/xlab/init-console.exp "$name" "$domid" "$mode" "$1" || fail "console: $1"
	done_in
}

# ssh_in COMMAND [OPTION...]: within ssh_seconds.
ssh_in() {
	command=$1
	shift
	timeout "$ssh_seconds" dbclient -y -y "$@" "root@$net.2" "$command" </dev/null 2>ssh.err
}
