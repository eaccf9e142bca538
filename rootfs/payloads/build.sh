#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build.sh NAME DIR: the payload of rootfs/payloads/NAME, as DIR/payload: its packages, its tree over them,
# and /NAME/setup run at last. Called by cache.sh.
set -eu

recipe=rootfs/payloads/$1
packages=$(grep -v '^#' "$recipe/packages" | paste -sd ,)
build/host/xlab payload build "$1" --packages "$packages" --add "$recipe/tree" --run "/$1/setup" --out "$2/payload"
