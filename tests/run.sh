#!/bin/sh
# SPDX-License-Identifier: ISC
#
# run.sh PROGRAM...: runs test programs that speak TAP, one after the other, and ends with the line
# "N passed, N failed". What a program printed is shown when it failed and kept in build/log/.
# A program that dies without saying which test failed counts as one that failed; a skipped test
# counts as neither and is shown.
set -eu

export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}" UBSAN_OPTIONS=print_stacktrace=1
passed=0 failed=0 skipped=0
mkdir -p build/log

count() { grep -cE "$1" "$log" || true; }

for program; do
	name=$(basename "$program")
	log=build/log/$name.tap
	start=$(date +%s)
	status=0
	timeout -k 10 "${TEST_TIMEOUT:-3000}" "$program" >"$log" 2>&1 </dev/null || status=$?
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
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done

[ "$skipped" -eq 0 ] || echo "  ($skipped skipped)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
