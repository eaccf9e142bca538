#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A short run of every fuzz target from its seeds, in their order and without address randomisation,
# so that it is the same each time. Speaks TAP; `make fuzz` is the long way. What makes a target fail
# is kept as build/log/fuzz-NAME-*.
set -eu

log=$(mktemp)
trap 'rm -f "$log"' EXIT
mkdir -p build/log
n=0 failed=0
fixed='setarch -R'
$fixed true 2>/dev/null || fixed='' # where a container forbids it

for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	n=$((n + 1))
	runs=${FUZZ_RUNS:-20000}
	[ "$name" != disk ] || runs=$((runs / 5)) # each is a whole disk
	seeds=$(printf '%s,' "tests/fuzz/corpus/$name"/*)
	if $fixed build/fuzz/"$name" -runs="$runs" -seed=1 -timeout=10 \
		-artifact_prefix="build/log/fuzz-$name-" -seed_inputs="${seeds%,}" >"$log" 2>&1; then
		echo "ok $n - fuzz $name"
	else
		sed 's/^/# /' "$log"
		echo "not ok $n - fuzz $name"
		failed=1
	fi
done
echo "1..$n"
exit $failed
