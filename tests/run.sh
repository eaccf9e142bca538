#!/bin/sh
# SPDX-License-Identifier: ISC
#
# run.sh PROGRAM... [-- PROGRAM...]: runs test programs that speak TAP, one after the other, those behind
# "--" beside the others, and ends with the line "N passed, N failed". What a program printed is shown when
# it failed and kept in build/log/. A program that dies without saying which test failed counts as one that
# failed; a skipped test counts as neither and is shown.
set -eu

export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}" UBSAN_OPTIONS=print_stacktrace=1
mkdir -p build/log
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 111' HUP INT TERM

count() { grep -cE "$1" "$log" || true; }

# Runs one, prints what is to be said of it, and puts its counts into the file $counts.
run() {
	name=$(basename "$1")
	log=build/log/$name.tap
	start=$(date +%s)
	status=0
	timeout -k 10 "${TEST_TIMEOUT:-3000}" "$1" >"$log" 2>&1 </dev/null || status=$?
	skip=$(count '^ok .*# SKIP')
	ok=$(($(count '^ok ') - skip))
	bad=$(count '^not ok ')
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + skip + bad)) -eq 0 ]; then
		bad=$((bad + 1))
	fi
	verdict=PASS
	if [ "$bad" -gt 0 ]; then
		verdict=FAIL
		sed "s/^/    /" "$log"
	fi
	grep '^ok .*# SKIP' "$log" || true
	echo "  $verdict    $name: $ok passed, $bad failed, $(($(date +%s) - start)) s"
	echo "$ok $bad $skip" >>"$counts"
}

# Runs them one after the other. What one has to say is said at once, so that lanes do not mix their lines.
lane() {
	counts=$work/$1 said=$work/$1.said
	shift
	for program; do
		run "$program" >"$said"
		cat "$said"
	done
}

here=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	here="$here $1"
	shift
done
[ $# -eq 0 ] || shift
lane beside "$@" &
# shellcheck disable=SC2086 # words
lane here $here
wait $!

cat "$work/here" "$work/beside" 2>/dev/null |
	awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' >"$work/sum"
read -r passed failed skipped <"$work/sum"
[ "$skipped" -eq 0 ] || echo "  ($skipped skipped)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
