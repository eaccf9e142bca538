#!/bin/sh
# SPDX-License-Identifier: ISC
#
# kconfig-check.sh FRAGMENT CONFIG: fails unless each assignment of FRAGMENT came through the
# dependencies into CONFIG: NAME=n is absent there, any other is there as it was written.
set -eu

[ $# -eq 2 ] || { echo "usage: kconfig-check.sh FRAGMENT CONFIG" >&2; exit 100; }
awk 'NR == FNR { if (/^CONFIG_/) has[$0] = 1; next }
	/^CONFIG_[A-Z0-9_]*=n$/ {
		sub(/n$/, "")
		for (line in has)
			if (index(line, $0) == 1) { print "kconfig-check: not off: " line; bad = 1 }
		next
	}
	/^CONFIG_/ && !($0 in has) { print "kconfig-check: lost: " $0; bad = 1 }
	END { exit bad }' "$2" "$1" >&2
