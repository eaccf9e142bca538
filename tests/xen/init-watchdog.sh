#!/bin/sh
# SPDX-License-Identifier: ISC
#
# init-watchdog.sh MODE: Xen's watchdog lets a guest live while its process 1 does, and ends it when that
# has faulted so often that it does not go on. In dom0.
set -eu
# shellcheck source=tests/xen/init-guest.sh
. /xlab/init-guest.sh

guest_set "dog-$1" "$1"
sed -i '/^cmdline/s/"$/ xlab.watchdog=4"/' "$name/$mode.cfg"
guest_boot
on_console watchdog
within 60 guest_is_gone || fail "still there after the watchdog"
# What the domain ended of: 4 is SHUTDOWN_watchdog of xen/sched.h.
grep -q "reason code 4" "/var/log/xen/xl-$name.log" || fail "ended otherwise: $(cat "/var/log/xen/xl-$name.log")"
