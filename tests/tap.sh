# SPDX-License-Identifier: ISC
#
# Verdicts in TAP, for tests in shell: they say set -eu, and have a folder $tmp of their own. At their
# end stand echo "1..$n" and exit "$failed".
# shellcheck shell=sh

n=0 failed=0 logs=

# verdict ok|bad WHAT
verdict() {
	n=$((n + 1))
	if [ "$1" = ok ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

skip() { verdict ok "$1 # SKIP $2"; }

# check WHAT COMMAND...: succeeds if COMMAND does. Of a function each command counts, as "set -e" counts:
# not "! COMMAND", and of "A && B" the last alone, unless the function ends there. It is a shell of its
# own: what it sets is gone behind it. What it printed is in $tmp/tap, and shown with a failure, as the
# file $logs is, if there is one.
check() {
	what=$1
	shift
	set +e
	(set -e; "$@") >"$tmp/tap" 2>&1
	rc=$?
	set -e
	if [ "$rc" -eq 0 ]; then
		verdict ok "$what"
	else
		sed 's/^/# /' "$tmp/tap" ${logs:+"$logs"}
		verdict bad "$what"
	fi
}

# fails COMMAND...: what "!" means, where it counts.
fails() { if "$@"; then return 1; fi; }

# junk BYTES: prints bytes that mean nothing to anybody, the same every time (Park and Miller's generator).
junk() {
	LC_ALL=C awk -v n="$1" 'BEGIN { for (x = 1; n > 0; n--) { x = x * 16807 % 2147483647; printf "%c", x / 128 % 256 } }'
}

# within SECONDS COMMAND...: COMMAND succeeds before they are over.
within() {
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.05
	done
}
