#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab export and import, from outside: the formats, stores of anybody's making, media that are full or
# read-only. Runs in a mount namespace of its own. TAP.
set -eu

if [ "${1:-}" != inside ]; then
	exec unshare --mount --map-root-user "$0" inside
fi

xlab=$PWD/build/host/xlab
schema=$PWD/docs/export.schema.json
tmp=$(mktemp -d)
stores() { python3 "$stores" "$@"; }
stores=$PWD/tests/cli/stores.py
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
trap 'umount "$tmp/full" "$tmp/ro" 2>/dev/null || true; rm -rf "$tmp"' EXIT
mkdir "$tmp/full" "$tmp/ro"
mount -t tmpfs -o size=128k none "$tmp/full"
cd "$tmp"

# new FILE: an empty store, as the collector leaves it where there is no xenstore.
new() { "$xlab" collect --store "$1" 2>/dev/null || true; }

# refuses STATUS WORD ARG...: xlab ARG... exits with STATUS and one line on stderr that has WORD.
refuses() {
	want=$1 word=$2 status=0
	shift 2
	"$xlab" "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q "$word" stderr
}

new ugly
stores ugly ugly

json_has_its_form() {
	"$xlab" export --format json --out ugly.json ugly
	/usr/bin/jsonschema -i ugly.json "$schema"
	python3 -c '
import json
all = json.load(open("ugly.json"))
one, two = all["guests"]
assert one["run"].startswith("=1+2\",\\\"}]#") and one["why"] == "@why" and two["status"] == "running"
assert one["samples"][0]["value"] == 0.1 and [r["seq"] for r in one["records"]] == [1, 2, 3]
assert one["records"][1]["record"]["note"] == "\x1b]0;\\\"\n=1"
[plan] = all["plans"]
assert plan["text"] == "name = \u00fc\u2028\"]}\n" and plan["seed"] == 7 and plan["order"] == "random"
assert [(c["place"], c["vcpus"], len(c["boots"])) for c in plan["cells"]] == [(0, 1, 1), (1, 2, 0)]
assert plan["cells"][0]["boots"][0]["took_ms"] == 1500
assert one["uuid"] == "u1" and all["readings"] == [{"run": one["run"], "uuid": "u1", "domid": 1, "moment": "before",
    "taken": "2026-01-02T03:04:05Z", "facts": {"facts": 1, "host": {"kernel": "\x1b[2J\"}]", "uptime_s": 1.25}}}]
assert all["noise"] == [{"run": one["run"], "uuid": "u1", "domid": 1, "flag": "steal", "text": one["run"]}]
assert all["barriers"][0]["guests"] == [{"uuid": "u2", "domid": 2, "offset_ns": -7, "error_ns": 3, "planned_ns": 5, "actual_ns": None}]'
}
csv_is_no_formula() {
	"$xlab" export --format csv ugly >ugly.csv
	stores check-csv ugly.csv 1
	grep -q "^\"'=1+2\"\",.*,'-host,u1,1," ugly.csv
}
openmetrics_are_sound() {
	"$xlab" export --format openmetrics ugly >ugly.om
	stores check-openmetrics ugly.om 1
	grep -q '^xlab_barrier_skew_seconds{run="r",host="h",name="start"} 1.5e-06$' ugly.om
}
one_run_alone() {
	"$xlab" export --format json --run r ugly >r.json
	/usr/bin/jsonschema -i r.json "$schema"
	[ "$(grep -c '"uuid":"u2"' r.json)" -ge 1 ] && fails grep -q u1 r.json
}
empty_store_is_exported() {
	new empty
	"$xlab" export --format json empty >empty.json
	/usr/bin/jsonschema -i empty.json "$schema"
	"$xlab" export --format openmetrics empty | grep -qx '# EOF'
}
check 'JSON has the form of export.schema.json' json_has_its_form
check 'no cell of the CSV is a formula' csv_is_no_formula
check 'OpenMetrics are sound' openmetrics_are_sound
check 'one run alone' one_run_alone
check 'an empty store' empty_store_is_exported

echo text >text
old_file_stays() {
	echo old >old
	refuses 100 'no run nobody' export --format csv --run nobody --out old ugly
	[ "$(cat old)" = old ] && [ -z "$(find . -name '*.new')" ]
}
check 'export: no format' refuses 100 'needs --format' export ugly
check 'export: no such format' refuses 100 'json, csv or openmetrics' export --format xml ugly
check 'export: no store' refuses 100 'one STORE' export --format csv
check 'export: no such store' refuses 100 'No such file' export --format csv nowhere
check 'export: a file of another kind' refuses 100 'not a store' export --format csv text
check 'export: over the store itself' refuses 100 'the store itself' export --format csv --out ugly ugly
check 'export: no such run leaves what was there' old_file_stays
nothing_is_printed() { [ -z "$("$xlab" export --format csv --run nobody ugly 2>/dev/null)" ]; }
check 'export: of no such run nothing is printed' nothing_is_printed
check 'import: no other' refuses 100 'STORE and another' import ugly
check 'import: of itself' refuses 100 'the store itself' import ugly ugly
check 'import: a file of another kind' refuses 100 'not a store' import ugly text

# Memory stays bounded, however much there is.
new large
stores large large 100000
streams() {
	prlimit --as=134217728 "$xlab" export --format "$1" --out "large.$1" large
	[ "$(wc -l <"large.$1")" -gt 100000 ]
}
check '100,000 samples in JSON' streams json
check '100,000 samples in CSV' streams csv
check '100,000 samples in OpenMetrics' streams openmetrics
check '100,000 samples are sound JSON' python3 -c 'import json; assert len(json.load(open("large.json"))["guests"][0]["samples"]) == 100000'
check '100,000 samples are sound CSV' stores check-csv large.csv 100000
check '100,000 samples are sound OpenMetrics' stores check-openmetrics large.openmetrics 100000
large_is_imported() {
	prlimit --as=134217728 "$xlab" import large2 large | grep -qx 'large: 1 guests, 100002 records new'
	"$xlab" export --format csv large2 | cmp - large.csv
}
check '100,000 samples are imported' large_is_imported

# A guest that is not done yet is completed by a later import, and nothing is there twice.
for i in 2 3 4; do
	new "part$i"
	stores part "part$i" "$i" running
done
new part5
stores part part5 5 'done'
completed() {
	"$xlab" import all part2 part2 part4 part3 part5 part5 part2 >said
	printf '%s\n' 'part2: 1 guests, 2 records new' 'part2: 0 guests, 0 records new' 'part4: 0 guests, 2 records new' \
		'part3: 0 guests, 0 records new' 'part5: 0 guests, 1 records new' 'part5: 0 guests, 0 records new' \
		'part2: 0 guests, 0 records new' | diff - said
	"$xlab" export --format json all | sed 's/"first_seen":"[^"]*"//' >all.json
	"$xlab" export --format json part5 | sed 's/"first_seen":"[^"]*"//' | diff - all.json
}
# left_out NAME SQL WORD: a store like part5 that the SQL has changed is refused, with WORD, and nothing of it is taken.
left_out() {
	new "$1"
	stores part "$1" 5 'done'
	python3 -c 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()' "$1" "$2"
	"$xlab" export --format json all >before
	refuses 100 "$3" import all "$1"
	"$xlab" export --format json all | diff before -
}
others_go_on() {
	rm -f all
	refuses 100 'text: not a store' import all text part5
	grep -qx 'part5: 1 guests, 5 records new' stdout
}
nothing_is_made_for_none() {
	refuses 100 'not a store' import made text
	[ ! -e made ]
}
check 'import completes what was not done' completed
check 'import: who says otherwise is left out' left_out twisted \
	'UPDATE record SET json=replace(json, 1.5, 1.6) WHERE seq=2' 'run r, guest u1, domain 1: record 2'
check 'import: another plan is left out' left_out replanned 'UPDATE plan SET seed=8' 'run r: another plan'
check 'import: another reading of a host is left out' left_out observed \
	'UPDATE reading SET steady=moving' 'run r, guest u1: another reading'
check 'import goes on behind a bad file' others_go_on
check 'import makes no store for nothing' nothing_is_made_for_none

# Starts that guests made together.
new early
stores start early h 1 100 103
new late
stores start late h 1 100 103 109
new elsewhere
stores start elsewhere i 3 100 101 102
new contrary
stores start contrary h 1 200 203 209
stores large contrary 1
# same STORE STORE: they have the same to export, but for when it came.
same() {
	for i; do
		"$xlab" export --format json "$i" | sed 's/"first_seen":"[^"]*"//' >"$i.json"
	done
	cmp "$1.json" "$2.json"
}
start_is_completed() {
	"$xlab" import starts early early
	same starts early
	"$xlab" import starts late late
	same starts late
	grep -q '"skew_ns":6' starts.json
}
known_start_stays() {
	"$xlab" import starts early
	same starts late
}
starts_of_two_hosts() {
	"$xlab" import starts elsewhere elsewhere
	"$xlab" export --format json starts | python3 -c '
import json, sys
one, two = json.load(sys.stdin)["barriers"]
assert (one["host"], one["skew_ns"], [g["uuid"] for g in one["guests"]]) == ("h", 6, ["u1", "u2"]), one
assert (two["host"], two["skew_ns"], [g["uuid"] for g in two["guests"]]) == ("i", 1, ["u3", "u4"]), two'
}
start_is_contradicted() {
	"$xlab" export --format json starts >before
	refuses 100 'run r, host h: barrier start' import starts contrary
	"$xlab" export --format json starts | cmp before -
}
check 'import completes a start, and has it once' start_is_completed
check 'import: what is known of a start stays' known_start_stays
check 'import: starts of one name on two hosts' starts_of_two_hosts
check 'import: another instant is refused, with all beside it' start_is_contradicted

# Stores of anybody's making.
new base
stores large base 20
stores hostile base hostile
for file in hostile/all/*; do
	check "export: $file" refuses 100 "$file" export --format json "$file"
	check "report: $file" refuses 100 "$file" report "$file"
	check "import: $file" refuses 100 "$file" import imported "$file"
done
for file in hostile/records/*; do
	check "export json: $file" refuses 100 "$file" export --format json "$file"
	check "import: $file" refuses 100 "$file" import imported "$file"
done
believed() { "$xlab" export --format csv imported >csv && [ "$(wc -l <csv)" -eq 1 ]; }
check 'nothing of them was imported' believed

# Full and read-only media.
full_leaves_nothing() {
	refuses 111 'No space' export --format json --out full/large.json large
	[ -z "$(find full -type f)" ]
}
full_store_stays() {
	cp part5 full/store
	head -c 131072 /dev/zero 2>/dev/null >full/filler || true
	refuses 111 'No space\|full' import full/store large
	mount -o remount,size=1m full
	"$xlab" export --format csv full/store | cmp - part5.csv
	"$xlab" import full/store part5 | grep -qx 'part5: 0 guests, 0 records new'
}
"$xlab" export --format csv part5 >part5.csv
check 'export to a full file system' full_leaves_nothing
check 'import into a full one' full_store_stays

# killed FILE: a store as a killed collector leaves it, with its log.
killed() {
	cp part5 "$1"
	python3 -c '
import os, sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.execute("PRAGMA journal_mode=WAL")
d.execute("UPDATE guest SET size=\"ref\"")
d.commit()
os._exit(0)' "$1"
	[ -s "$1-wal" ]
}
closed_in_its_own_way() {
	cp part5 "$1"
	python3 -c '
import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.execute("PRAGMA journal_mode=WAL")
d.close()' "$1"
	[ ! -e "$1-wal" ]
}
mkdir medium
cp part5 medium/closed
closed_in_its_own_way medium/log
killed medium/killed
rm medium/killed-shm
closed_in_its_own_way 'medium/odd?%name#x'
mount --bind medium ro
mount -o remount,ro,bind ro
reads() { "$xlab" export --format csv "$1" | cmp - part5.csv; }
imports() { rm -f from-ro && "$xlab" import from-ro "$1" | grep -q ': 1 guests, 5 records new'; }
check 'a closed store on a read-only medium' reads ro/closed
check 'one that SQLite closed, with the mark of its log' reads ro/log
check 'one of an odd name' reads 'ro/odd?%name#x'
check 'import from a read-only medium' imports ro/log
check 'report from a read-only medium' "$xlab" report ro/log
check 'a store whose writer was killed, there' refuses 100 'was stopped' export --format csv ro/killed
check 'import into a read-only one' refuses 111 'Read-only' import ro/closed part4
all_of_killed() { "$xlab" export --format csv medium/killed | grep -q ',ref,'; }
check 'where it can be written it has all' all_of_killed
echo "1..$n"
exit "$failed"
