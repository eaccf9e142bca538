#!/bin/sh
# SPDX-License-Identifier: ISC
#
# init-mode.sh MODE: a guest from boot to its end, as its users see it: console, ssh, its log, xl reboot
# and xl shutdown. In dom0.
set -eu
# shellcheck source=tests/xen/init-guest.sh
. /xlab/init-guest.sh

ssh_is_open() { ssh_in true -i key; }

# is_refused OPTION...: not let in, and not for want of an answer.
is_refused() {
	! ssh_in true "$@" && grep -q 'No auth methods could be used' ssh.err
}

check_ssh() {
	begin ssh
	within 60 ssh_is_open || fail "ssh: not let in: $(cat ssh.err)"
	# The guest's shell is to see the $.
	# shellcheck disable=SC2016
	said=$(ssh_in 'echo mark-$((6*7)); cat /proc/1/comm' -i key)
	[ "$said" = "mark-42
init" ] || fail "ssh: said '$said'"
	is_refused -i stranger || fail "ssh: another key: $(cat ssh.err)"
	export DROPBEAR_PASSWORD=xlab
	is_refused || fail "ssh: a password: $(cat ssh.err)"
	unset DROPBEAR_PASSWORD
	done_in
}

check_log() {
	begin log
	if guest_key data/xlab/log >/dev/null; then fail "its log is there before it is asked for"; fi
	guest_give log "$(now)"
	within 60 guest_has_log || fail "its log is not what init says: $(guest_key data/xlab/log)"
	done_in
}

guest_set "init-$1" "$1"
guest_boot
on_console login
check_ssh
check_log

begin "xl reboot to ready"
xl reboot "$name" >/dev/null
within 300 guest_is_other || fail "no new domain after xl reboot"
domid=$other
within 300 guest_is ready || fail "not ready after xl reboot"
done_in
on_console login

begin "xl shutdown"
xl shutdown "$name" >/dev/null
within 120 guest_is_gone || fail "still there after xl shutdown"
done_in
