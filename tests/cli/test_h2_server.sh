#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The workload h2-server, in the payload of `make build/payload/h2`, by chroot: a throughput, and what the
# program itself prints. TAP.
set -eu

work=$PWD/build/guest/xlab-work
set=$PWD/rootfs/workloads
payload=$PWD/build/payload/h2/payload
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
# shellcheck source=tests/payload.sh
. "$PWD/tests/payload.sh"
cd "$tmp"
enter_by_chroot h2 "$payload"
export XLAB_WORKLOADS="$tmp/w"
mkdir w

throughput() {
	{ grep -v '^repetitions ' "$set/h2-server"; echo 'repetitions = 1'; } >w/h2-server
	"$work" h2-server >out
	python3 - <<'EOT'
import json
sample = json.load(open("out"))
assert sample["benchmark"] == "h2-server" and sample["unit"] == "ops/s" and sample["better"] == "more", sample
assert sample["value"] > 0 and sample["wall_s"] >= 7, sample
EOT
}

# Two warehouses: a figure a second whose mean is the throughput, percentiles in order, all kinds of transactions.
report() {
	"$XLAB_RUN_IN" h2 /h2/server 2 1 6 >out
	python3 - <<'EOT'
import json
r = json.load(open("out"))
assert r["warehouses"] == 2 and len(r["per_second"]) == r["seconds"] == 6, r
assert abs(r["ops_per_s"] - sum(r["per_second"]) / 6) < 0.001, r
assert sum(r["transactions"].values()) == sum(r["per_second"]), r
assert list(r["transactions"]) == ["order", "payment", "status", "delivery", "stock"], r
l = r["latency_us"]
assert 0 < l["p50"] <= l["p90"] <= l["p99"] <= l["p999"] <= l["max"], l
EOT
}

check 'a throughput' throughput
check 'what the program prints' report
check 'a mistake is no figure' fails "$XLAB_RUN_IN" h2 /h2/server 2 1
echo "1..$n"
exit "$failed"
