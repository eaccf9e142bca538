#!/bin/sh
# SPDX-License-Identifier: ISC
#
# guest.sh: a whole guest of xlab's protocol, of xenstore-read, xenstore-write and gzip alone: says
# who it is, waits for a run, reports one result, and ends when the host has it on its disk.
# docs/protocol.md is what it follows. A value must hold no backslash: xenstore-write would
# take it for the beginning of something else.
set -eu

seq=0

put() { xenstore-write "data/xlab/$1" "$2"; }
get() { xenstore-read "xlab/$1" 2>/dev/null; }

# The CRC-32 of standard input: gzip has it in its last eight bytes, lowest byte first.
crc() { gzip -c | tail -c 8 | od -A n -N 4 -t x1 | awk '{ print $4 $3 $2 $1 }'; }

# Sends a record that fits into one piece.
send() {
	seq=$((seq + 1))
	text=$(printf '%d %d 0 %d\n%s' $seq $seq ${#1} "$1")
	put "p/$(printf %02d $((seq % 64)))" "$(printf %s "$text" | crc) $text"
	put head $seq
}

put boot "$(cat /proc/sys/kernel/random/boot_id)"
put version 1.0
put state ready
until get run >/dev/null; do sleep 1; done
put state running
send '{"type":"guest","link":"xenstore","mode":"native"}'
send '{"type":"sample","workload":"shell","benchmark":"answer","unit":"ns/op","index":0,"ops":1,"value":42}'
send '{"type":"end","steps":1,"failed":0}'
until [ "$(get ack || echo 0)" -ge $seq ]; do sleep 1; done
put state 'done'
