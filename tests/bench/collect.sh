#!/bin/sh
# SPDX-License-Identifier: ISC
#
# collect.sh DIR: what a person would write in place of the collector: asks each domain in turn what
# is new, puts it into DIR, and says that it has it. Runs until it is killed.
set -eu

cd "$1"
while :; do
	for domid in $(xenstore-list /local/domain); do
		home=/local/domain/$domid
		head=$(xenstore-read "$home/data/xlab/head" 2>/dev/null) || continue
		read -r ack 2>/dev/null <"ack.$domid" || ack=0
		[ "$ack" -lt "$head" ] || continue
		while [ "$ack" -lt "$head" ]; do
			ack=$((ack + 1))
			xenstore-read "$home/data/xlab/p/$(printf %02d $((ack % 64)))"
		done >>"results.$domid"
		sync "results.$domid"
		echo "$head" >"ack.$domid"
		xenstore-write "$home/xlab/ack" "$head"
	done
done
