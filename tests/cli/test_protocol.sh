#!/bin/sh
# SPDX-License-Identifier: ISC
#
# docs/protocol.md against the definition: its tables and its example. TAP.
set -eu

page=docs/protocol.md
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
build/test/protocol_tables >"$tmp/tables"

tables() {
	for name in limits types keys states steps; do
		grep -qx "<!-- table $name -->" "$page"
		grep -qx "@$name" "$tmp/tables"
	done
	awk -f tests/cli/protocol.awk "$tmp/tables" "$page" | diff "$page" - || {
		echo 'the definition has changed: make protocol'
		exit 1
	}
}

# The piece that is shown, without the tab before each line: its CRC is gzip's.
example() {
	sed -n '/^For example/,/^Piece SEQ/s/^\t//p' "$page" >"$tmp/piece"
	[ "$(wc -l <"$tmp/piece")" -eq 2 ]
	head -c -1 "$tmp/piece" | cut -d ' ' -f 2- | head -n 1 >"$tmp/covered"
	sed -n 2p "$tmp/piece" | tr -d '\n' >"$tmp/data"
	cat "$tmp/data" >>"$tmp/covered"
	crc=$(gzip -c "$tmp/covered" | tail -c 8 | od -A n -t x4 -N 4 --endian=little | tr -d ' ')
	grep -q "^$crc 3 3 0 $(wc -c <"$tmp/data")\$" "$tmp/piece"
}

check 'docs/protocol.md has the tables of the definition' tables
check 'its example of a piece is one' example
echo "1..$n"
exit "$failed"
