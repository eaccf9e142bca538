#!/bin/sh
# SPDX-License-Identifier: ISC
#
# make-payload.sh NAME PACKAGES DIR: the payload that tests use, as DIR/payload. Called by cache.sh.
set -eu

build/host/xlab payload build "$1" --packages "$2" --out "$3/payload"
