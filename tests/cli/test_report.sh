#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab report, from outside: each form beside tests/golden/report, the schemas, and a store that means no
# good. `test_report.sh golden` writes the golden files. TAP.
set -eu

xlab=$PWD/build/host/xlab
docs=$PWD/docs
workloads=$PWD/rootfs/workloads
golden=$PWD/tests/golden/report
reports=$PWD/tests/cli/reports.py
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"

reports() { python3 "$reports" "$@"; }
schema() { /usr/bin/jsonschema -i "$1" "$docs/$2.schema.json"; }
# new FILE: an empty store, as the collector leaves it where there is no xenstore.
new() { "$xlab" collect --store "$1" 2>/dev/null || true; }

mkdir out
new out/results.sqlite
reports runs out/results.sqlite
new hostile
reports hostile hostile

forms() {
	"$xlab" report --expected "$golden/expected.json" --json=one.json --md=one.md --csv=one.csv --samples=samples.csv --junit=one.xml \
		--html=one.html --run one out >one.txt
	"$xlab" report --json=pair.json --md=pair.md --csv=pair.csv --html=pair.html out:one out/results.sqlite:two >pair.txt
	echo '{"expected":[]}' >none.json
	"$xlab" report --expected none.json out >few.txt
	for page in one pair; do
		reports strip $page.html >$page.html.bare
		reports bare-csv $page.csv >$page.csv.bare
	done
	reports bare-json one.json >one.json.bare
}
check 'every form is made' forms

files='one.txt one.json.bare one.md one.csv.bare samples.csv one.xml one.html.bare pair.txt pair.md pair.csv.bare
	pair.html.bare few.txt'
if [ "${1:-}" = golden ]; then
	mkdir -p "$golden"
	for file in $files; do cp "$file" "$golden"; done
fi
for file in $files; do
	check "$file is as it was" diff "$golden/$file" "$file"
done

same_again() { "$xlab" report --expected "$golden/expected.json" --json --run one out | cmp - one.json; }
check 'the same run gives the same figures' same_again
check 'JSON has the form of report.schema.json' schema one.json report
check 'two runs have that of comparison.schema.json' schema pair.json comparison
check 'what is expected has that of expected.schema.json' schema "$docs/expected.json" expected
check 'so has that of the tests' schema "$golden/expected.json" expected
# What the shipped workloads call their samples: a workload is one program, or lines that name benchmarks.
shipped_benchmarks() { sed -n 's/^xlab-bench [a-z]* %s //p' "$workloads"/*; ls "$workloads"; }
# shellcheck disable=SC2046 # names are words
literature_is_ours() { reports check-expected "$docs/expected.json" $(shipped_benchmarks); }
check 'what is expected is of benchmarks that there are' literature_is_ours
check 'CSV is read back' reports check-csv one.csv 21
check 'CSV of samples is read back' reports check-csv samples.csv 213
check 'CSV of two runs is read back' reports check-csv pair.csv 21
check 'CSV and JSON have the same figures' reports check-numbers one.json samples.csv one.csv
check 'JUnit has cells and failures' reports check-junit one.xml 12 3
check 'the page is sound' reports check-html one.html 3
check 'the page of two runs is sound' reports check-html pair.html 1
check 'Markdown is sound' reports check-md one.md 12

# What the figures say: gone wrong on purpose in reports.py, so known.
verdicts() {
	python3 -c '
import json
one, pair = json.load(open("one.json")), json.load(open("pair.json"))
row = {(r["benchmark"], r["mode"]): r for r in one["rows"]}
assert row["syscall", "pv"]["native"]["verdict"] == "slower" and 45 < row["syscall", "pv"]["ratio_to_native"] < 55
assert row["rate", "hvm"]["native"]["verdict"] == "slower" and row["rate", "hvm"]["ratio_to_native"] < 0.6
assert row["rate", "pvh"]["native"]["verdict"] == "no difference shown"
assert row["gcc", "pv"]["summary"]["of"] == "medians of boots" and row["gcc", "pv"]["summary"]["values"] == 6
assert row["syscall", "pv"]["summary"]["outliers"] == 1 and row["syscall", "pv"]["samples"][5]["outlier"]
assert row["syscall", "native"]["native"] is None and row["syscall", "native"]["expected"] is None
assert row["fork_exec", "pv"]["expected"]["low"] == 1.4 and row["fork_exec", "pvh"]["expected"] is None
suite = {(s["suite"], s["mode"]): s for s in one["suites"]}
assert suite["programs", "pv"]["benchmarks"] == 2 and 1.05 < suite["programs", "pv"]["cost"] < 1.11
beside = {(r["benchmark"], r["mode"]): r["b_by_a"]["verdict"] for r in pair["rows"]}
assert beside["syscall", "pvh"] == "slower" and beside["fork_exec", "pvh"] == "no difference shown"
assert len(one["guests"]) == 44 and one["guests"][-1]["why"] == "it did not come up"
assert one["guests"][0]["took_s"] == 25 and one["rows"][0]["benchmark"] == "bzip2" and one["plan"]["seed"] == 7
assert [line for line in one["plan"]["text"].split("\n")][0] == "# ???"
assert one["confounders"]["clocksource"] == {"native": ["tsc"], "pv": ["xen"], "pvh": ["xen"], "pvhvm": ["xen"], "hvm": ["xen"]}
assert one["confounders"]["xen.major"]["pv"] == ["4"]
assert one["host"]["guest.weight"] == {m: ["512"] for m in ("pv", "pvh", "pvhvm", "hvm")}
assert [n["flag"] for n in one["guests"][4]["noise"]] == ["dom0_busy", "turbo"] and one["guests"][0]["noise"] == []
assert one["guests"][5]["noise"] is None and row["gcc", "pv"]["samples"][0]["noise"] is None
assert row["syscall", "hvm"]["summary"]["noisy"] == 7 and row["syscall", "hvm"]["samples"][0]["noise"] == ["dom0_busy", "turbo"]
assert pair["facts"] == [{"of": "host", "fact": "frequency.governors", "mode": "pv, pvh, pvhvm, hvm",
                          "a": "ondemand on 4 CPUs", "b": "performance on 4 CPUs"}]'
}
warned() { grep -q "WARNING: $1" one.txt; }
check 'verdicts are those of what was put in' verdicts
check 'warned: emulated' warned 'Some figures are EMULATED'
check 'warned: boots that are not used' warned '3 of 44 boots are not used'
check 'warned: outliers' warned '1 outlier, none left out: syscall in pv'
check 'warned: clock source' warned 'The clock that times are read from is not the same: native tsc; pv xen'
check 'warned: noise' warned 'Noise beside 1 boot, .*: syscall in hvm, fork_exec in hvm, rate in hvm'
check 'warned: another governor under Xen' warned 'What governs the frequency is not the same for all modes: native performance'
check 'warned: mitigations' warned "What the host's kernel does about flaws of the processor.* meltdown (native vulnerable; pv mitigated"
said() { grep -q "$1" pair.txt; }
check 'said: what differs between two runs' said '^host frequency.governors in pv, pvh, pvhvm, hvm: A ondemand on 4 CPUs; B performance'
few_are_said() { grep -q 'WARNING: Fewer than 6 values.*syscall in pv' few.txt && grep -q 'WARNING: No native' few.txt; }
check 'warned: too few, and no native' few_are_said

# Nothing of a store gets out of its place.
hostile_forms() {
	"$xlab" report --json=h.json --md=h.md --csv=h.csv --samples=hs.csv --junit=h.xml --html=h.html hostile >h.txt
	"$xlab" report --md=hp.md --csv=hp.csv --html=hp.html hostile hostile >hp.txt
	python3 -c 'import json; assert "</script>" in json.load(open("h.json"))["run"]'
}
plain() { fails env LC_ALL=C grep -n '[^ -~	]' "$1"; }
commands_are_words() {
	sed -n '/^```sh/,/^```$/p' h.md | sed '/^```/d' >commands
	fails grep -n '[^][A-Za-z0-9 ._/:=<>#,'"'"'-]' commands
}
check 'hostile: every form' hostile_forms
check 'hostile: HTML' reports check-html h.html 3
check 'hostile: HTML of two' reports check-html hp.html 1
check 'hostile: Markdown' reports check-md h.md 11
check 'hostile: Markdown of two' reports check-md hp.md 10
check 'hostile: CSV' reports check-csv h.csv 55
check 'hostile: CSV of samples' reports check-csv hs.csv 385
check 'hostile: CSV of two' reports check-csv hp.csv 55
check 'hostile: JUnit' reports check-junit h.xml 6 1
check 'hostile: table' plain h.txt
check 'hostile: commands to repeat it' commands_are_words

# How it is asked.
usage_error() {
	word=$1 status=0
	shift
	"$xlab" report "$@" >stdout 2>stderr || status=$?
	cat stderr
	[ "$status" -eq 100 ] && [ ! -s stdout ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -- "$word" stderr
}
old_words() {
	"$xlab" report --run one --json=old.json --html old.html out/results.sqlite >old.txt
	"$xlab" report out:one | cmp - old.txt
	"$xlab" report --json out/results.sqlite --run one | cmp - old.json
	"$xlab" report --html=new.html out:one >new.txt
	cmp old.html new.html
}
html_to_stdout() {
	"$xlab" report --html=new.html out:one >new.txt
	"$xlab" report out:one --html | cmp - new.html
	"$xlab" report --html out:one | cmp - new.html
	"$xlab" report out:one out:two --html | cmp - pair.html
}
store_is_safe() {
	cp out/results.sqlite a
	usage_error 'written over a store' --html a out
	cmp a out/results.sqlite
}
check 'as it was asked before there were more forms' old_words
check 'a page to standard output' html_to_stdout
check 'two forms on standard output' usage_error 'only one form' --md --csv out
check 'two forms in one file' usage_error 'to one file' --md=x --csv=x out
check 'a folder for a file' usage_error 'Is a directory' --md=. out
check 'no page over a store' store_is_safe
check 'no run of that name' usage_error 'no run nobody' out:nobody
entry() { printf '{"benchmark":"a","mode":"%s","low":%s,"high":%s,"source":"%s","note":"%s"}' "$@"; }
odd() {
	printf %s "$1" >odd.json
	usage_error 'expected.schema.json' --expected odd.json out
}
odd_literature() {
	good=$(entry pv 1 2 where what)
	long=$(printf %0512d 0)
	printf '{"expected":[%s,%s]}' "$good" "$(entry pvh 1 2 where what)" >odd.json
	"$xlab" report --expected odd.json out >/dev/null
	for list in '{}' '[{}]' "[$(entry xen 1 1 where what)]" "[$(entry pv 2 1 where what)]" "[$(entry pv 1 2 '' what)]" \
		"[$(entry pv 1 2 where '')]" "[$(entry pv 1 2 "$long" what)]" "[$(entry pv 1 2 where "$long")]" "[$good,$good]"; do
		odd "{\"expected\":$list}"
	done
	for text in '' '[]' '{}'; do odd "$text"; done
	usage_error 'No such file' --expected nothing.json out
}
check 'literature of another form' odd_literature
check 'three runs' usage_error 'or two' out out out
check 'two of one name' usage_error 'STORE:NAME' --run one out out
check 'two runs as JUnit' usage_error 'of one' --junit out out
echo "1..$n"
exit "$failed"
