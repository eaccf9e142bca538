#!/bin/sh
# SPDX-License-Identifier: ISC
#
# init-hung.sh MODE: xenstored does not answer any more while a guest runs and is switched off from its
# console. In dom0.
set -eu
# shellcheck source=tests/xen/init-guest.sh
. /xlab/init-guest.sh

guest_set "hung-$1" "$1"
guest_boot
on_console hung
begin "xenstored goes on: domain gone"
within 60 guest_is_gone || fail "still there when xenstored goes on"
done_in
