#!/bin/sh
# SPDX-License-Identifier: ISC
#
# init-killed.sh MODE: xenstored dies while a guest runs, which is switched off from its console. In
# dom0, which is good for nothing afterwards.
set -eu
# shellcheck source=tests/xen/init-guest.sh
. /xlab/init-guest.sh

guest_set "killed-$1" "$1"
trap '' EXIT
guest_boot
on_console killed
