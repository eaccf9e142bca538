#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The workloads of spec-like, in the payload of `make build/payload/spec-like`: each yields valid samples
# in size quick, and one whose checksum is another does not. No guest and no Xen: the payload is taken apart,
# and entered by chroot. TAP.
set -eu

work=$PWD/build/guest/xlab-work
set=$PWD/rootfs/workloads
payload=$PWD/build/payload/spec-like/payload
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
# shellcheck source=tests/payload.sh
. "$PWD/tests/payload.sh"
cd "$tmp"
enter_by_chroot spec-like "$payload"
export XLAB_WORKLOADS="$tmp/w"

# one NAME: runs it once, and not three times with a warm-up.
one() {
	mkdir -p w
	{ grep -v '^\(warmups\|repetitions\) ' "$set/$1"; echo 'warmups = 0'; echo 'repetitions = 1'; } >"w/$1"
	"$work" --suite spec-like "$1" >out
	python3 - "$1" <<'EOT'
import json, sys
sample = json.load(open("out"))
assert sample["workload"] == "spec-like" and sample["benchmark"] == sys.argv[1], sample
assert sample["unit"] == "s" and sample["user_s"] > 0, sample
print(sample)
EOT
}

# Both sizes of each are checked.
checked() { [ "$(grep -cE '^(quick|ref)_sha256 +=' "$set/$1")" -eq 2 ]; }

other_sum() {
	sed 's/^\(quick_sha256 *= \).*/\1'"$(printf %064d 0)"'/' "$set/bzip2" >w/bzip2
	status=0
	"$work" bzip2 >out 2>said || status=$?
	cat said
	[ "$status" -eq 111 ]
	fails grep -q sample out
	grep -q 'what it printed is wrong' said
}

members=$(sed -n 's/^workloads *= //p' "$set/spec-like")
[ -n "$members" ]
for name in $members; do
	check "$name" one "$name"
	check "$name has checksums" checked "$name"
done
check 'another checksum' other_sum
check 'no input is left over from making it' test ! -e root/spec-like/src -a ! -e root/spec-like/setup
echo "1..$n"
exit "$failed"
