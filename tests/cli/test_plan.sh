#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab run PLAN, from outside: the order, what is refused, what fails, what is interrupted. tests/cli/guest.py
# stands where QEMU would, so that many boots take no time. TAP.
set -eu

xlab=$PWD/build/host/xlab
image=$PWD/build/image/xlab.img
tmp=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"
ln -s "$PWD/tests/cli/guest.py" "$tmp/bin/qemu-system-x86_64"
cd "$tmp"
PATH=$tmp/bin:$PATH
cp "$image" disk.img

# plan NAME LINE...: writes NAME.plan with those lines.
plan() {
	file=$1.plan
	shift
	printf '%s\n' 'name = a' 'disk = disk.img' "$@" >"$file"
}
plan two 'workloads = a b' 'modes = native pv' 'vcpus = 1 2' 'per = sample' 'repetitions = 2' 'seed = 7'
plan ten 'workloads = a b c d e f g h i j' 'modes = native'
plan broken 'workloads = a' 'repetitions = many'
plan nothere 'workloads = a' 'modes = pv hvm'
plan both 'workloads = a' 'modes = native' 'together = yes'
plan mac 'workloads = a' 'modes = native' 'together = yes' 'bridge = b' 'mac = 00:16:3e:00:00:01'
plan loaded 'workloads = a' 'modes = native' 'payload = stuff.payload'
plan pairs 'workloads = a b c' 'modes = native' 'together = yes' 'retries = 0' 'deadline = 60'
plan fails 'workloads = a bad c' 'modes = native' 'retries = 2' 'order = listed'
plan late 'workloads = a b' 'modes = native' 'retries = 0' 'deadline = 1'
plan exact 'workloads = a' 'modes = native' 'per = sample' 'repetitions = 2' 'precision = 5%' 'max_repetitions = 9'
plan many 'workloads = a b' 'modes = native' 'vcpus = 1 2' 'per = sample' 'repetitions = 2' 'seed = 5' 'retries = 0'
plan far 'workloads = a' 'modes = native' 'retries = 0' 'cpus = 1000-4095'
plan warm 'workloads = a' 'modes = native' 'warmups = 2' 'repetitions = 4' 'cpus = 0'

# refuses STATUS WORD ARG...: xlab run ARG... exits with STATUS and one line on stderr that has WORD.
refuses() {
	want=$1 word=$2 status=0
	shift 2
	"$xlab" run "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q "$word" stderr
}
# ends STATUS ARG...: xlab run ARG... exits with STATUS.
ends() {
	want=$1 status=0
	shift
	"$xlab" run "$@" 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ]
}
sql() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(*row)' "$@"; }
# cells STORE: each cell with how many boots and samples of it are good.
cells() {
	sql "$1" "SELECT place, cell.workload, mode, vcpus, count(DISTINCT guest.id), count(sample.seq) FROM cell
		JOIN plan ON plan.id = plan LEFT JOIN boot ON cell = cell.id
		LEFT JOIN guest ON guest.run = plan.run AND guest.uuid = boot.uuid AND guest.status = 'done'
		LEFT JOIN sample ON guest = guest.id GROUP BY cell.id ORDER BY place"
}
order() { "$xlab" run --dry-run "$@" | awk '$2 ~ /^[0-9]+$/ { print $3, $5 }'; }

every_cell_once_a_round() {
	order two.plan >list
	[ "$(wc -l <list)" -eq 8 ]
	head -4 list | sort | tr '\n' , | grep -qx 'a 1,a 2,b 1,b 2,'
	tail -4 list | sort | tr '\n' , | grep -qx 'a 1,a 2,b 1,b 2,'
}
same_seed_same_order() {
	order --seed 1 ten.plan >one
	order --seed 1 ten.plan | cmp - one
	order --seed 2 ten.plan >two
	fails cmp -s one two
	sort one >sorted
	sort two | cmp - sorted
}
seed_is_drawn() {
	for i in 1 2; do "$xlab" run --dry-run ten.plan | sed -n 's/.*seed //p' >"seed$i"; done
	grep -qx '[0-9]*' seed1
	fails cmp -s seed1 seed2
	order ten.plan >/dev/null
	order --seed "$(cat seed1)" ten.plan >again
	order --seed "$(cat seed1)" ten.plan | cmp - again
}
listed_is_the_plans() { order --order listed ten.plan | tr -d ' 1\n' | grep -qx abcdefghij; }
dry_run_makes_nothing() {
	"$xlab" run --dry-run --out dry two.plan >stdout
	[ ! -e dry ]
	grep -q 'at most' stdout
	grep -q 'pv (4)' stdout
}
check 'each round has every cell once' every_cell_once_a_round
check 'the same seed is the same order, another is another' same_seed_same_order
check 'without a seed one is drawn, and said' seed_is_drawn
check '--order listed is that of the plan' listed_is_the_plans
check '--dry-run makes nothing, and says what it does not know' dry_run_makes_nothing
check 'no such plan' refuses 100 'No such file' --dry-run nowhere.plan
check 'a bad plan' refuses 100 "line 4: 'repetitions'" --out o broken.plan
check 'two plans' refuses 100 'one PLAN' --out o two.plan ten.plan
check 'no folder' refuses 100 'needs --out' two.plan
check 'no mode of this machine' refuses 100 'need dom0' --out o nothere.plan
check 'no such order' refuses 100 "order 'any'" --dry-run --order any ten.plan
check 'no such seed' refuses 100 "seed '-1'" --dry-run --seed -1 ten.plan
check 'cells do not disturb each other' refuses 100 'disturb' --dry-run --jobs 2 ten.plan
check 'nor are there too many' refuses 100 'so many' --dry-run --jobs 17 both.plan
check 'nor do they share what is for one' refuses 100 'one mac' --dry-run --jobs 2 mac.plan
check 'one job is what there is' ends 0 --dry-run --jobs 1 both.plan
check 'a seed that cannot be changed any more' refuses 100 'began with' --resume r --seed 1 --out o
check 'no store to go on with' refuses 100 'No such file' --resume r --out o
check 'options of plans alone' refuses 100 'are for a PLAN' --seed 1 --out o a.domain
check '--sync' refuses 100 'for descriptions' --sync ssh --out o ten.plan
check 'no deadline' refuses 100 'takes seconds' --deadline 0 --out o ten.plan

no_such_cpus() { ends 111 --out far far.plan && grep -q "failed.*: this machine has none of the CPUs that 'cpus' names" stderr; }
check 'CPUs that there are not' no_such_cpus

undisturbed_run() {
	GUEST_LOG=log ends 0 --run r --out whole many.plan
	grep -q 'run r: 4 of 4 cells complete' stderr
	fails grep -q pieces stderr
	[ "$(grep -c ': done, .* pieces' whole/collect.log)" -eq 8 ]
	[ "$(wc -l <log)" -eq 8 ]
	head -4 log | sort -u | wc -l | grep -qx 4
	cells whole/results.sqlite >whole.cells
	printf '%s\n' '0 a native 1 2 2' '1 a native 2 2 2' '2 b native 1 2 2' '3 b native 2 2 2' | cmp - whole.cells
	awk '{ print $1, $2 }' log >booted
	order many.plan | cmp - booted
	sql whole/results.sqlite 'SELECT sum(took_ms > 0), count(*) FROM boot' | grep -qx '8 8'
}
plan_is_stored() {
	"$xlab" export --format json whole/results.sqlite >whole.json
	/usr/bin/jsonschema -i whole.json "$OLDPWD/docs/export.schema.json"
	python3 -c 'import json
[plan] = json.load(open("whole.json"))["plans"]
assert plan["text"] == open("many.plan").read() and plan["seed"] == 5 and plan["order"] == "random"
assert [b["status"] for c in plan["cells"] for b in c["boots"]] == ["done"] * 8'
}
host_is_stored() {
	"$xlab" export --format json whole/results.sqlite >whole.json
	python3 -c 'import json, os
all = json.load(open("whole.json"))
boots = [b["uuid"] for c in all["plans"][0]["cells"] for b in c["boots"]]
assert sorted((r["uuid"], r["moment"]) for r in all["readings"]) == sorted((u, m) for u in boots for m in ("before", "after"))
assert all["noise"] == [n for n in all["noise"] if n["uuid"] in boots and n["text"]]
for r in all["readings"]:
    assert r["facts"]["host"]["kernel"] == os.uname().release and "xen" not in r["facts"] and r["domid"] == 0
    json.dump(r["facts"], open("%s-%s.facts" % (r["uuid"], r["moment"]), "w"))'
	for facts in *.facts; do
		/usr/bin/jsonschema -i "$facts" "$OLDPWD/docs/facts.schema.json"
	done
	# What stays is there once, however many boots there are.
	[ "$(sql whole/results.sqlite 'SELECT count(DISTINCT steady) FROM reading')" -lt 4 ]
}
estimate_is_of_earlier_boots() {
	"$xlab" run --dry-run --run s --out whole many.plan >stdout
	grep -q 'mean of 2 earlier boots' stdout
	grep -q '^8 boots: about' stdout
}
nothing_is_left_to_do() {
	GUEST_LOG=log2 ends 0 --resume r --out whole
	[ ! -e log2 ]
	"$xlab" run --dry-run --resume r --out whole | grep -q '^0 boots'
}
name_is_taken() { refuses 100 'a run r already' --run r --out whole many.plan; }
other_plan() {
	sed 's/a b/a c/' many.plan >other.plan
	refuses 100 'not the plan' --resume r --out whole other.plan
	refuses 100 'no run q' --resume q --out whole
}
changed_disk() {
	cp disk.img other.img
	printf x | dd of=other.img bs=1 seek=1048000 conv=notrunc 2>/dev/null
	refuses 100 'has changed' --resume r --disk other.img --out whole
}
cells_are_gone() {
	cp -r whole gone
	python3 -c 'import sqlite3; db = sqlite3.connect("gone/results.sqlite"); db.execute("DELETE FROM cell"); db.commit()'
	ends 100 --resume r --out gone
	grep -qx 'xlab: gone/results.sqlite: damaged: it holds what no xlab wrote' stderr
}
several_at_once() {
	mkdir meet
	GUEST_MEET=meet GUEST_LOG=pairs.log ends 0 --run r --jobs 3 --out pairs pairs.plan
	cells pairs/results.sqlite | awk '$5 == 1' | wc -l | grep -qx 3
	[ "$(ls -d pairs/job-*/native.log | wc -l)" -eq 3 ]
}
changed_payload() {
	mkdir -p stuff
	echo one >stuff/file
	"$xlab" payload build stuff --from stuff --out stuff.payload 2>&1
	ends 0 --run r --out loaded loaded.plan
	ends 0 --resume r --out loaded
	sql loaded/results.sqlite "SELECT payloads FROM plan" >plan.hash
	sha256sum stuff.payload | cut -d ' ' -f 1 | cmp - plan.hash
	echo two >stuff/file
	"$xlab" payload build stuff --from stuff --out stuff.payload 2>&1
	refuses 100 'payload: has changed' --resume r --out loaded
}
guest_is_told() {
	GUEST_LOG=warm.log ends 0 --run r --out warm warm.plan
	grep -qx 'a 1 2 4 1' warm.log
	cells warm/results.sqlite | grep -qx '0 a native 1 1 4'
}
check 'a run is complete, in the order that was said' undisturbed_run
check 'the store has the plan, and what became of it' plan_is_stored
check 'the store has what the host was like before and after each boot' host_is_stored
check 'an estimate is made of earlier boots' estimate_is_of_earlier_boots
check 'a complete run has nothing left to do' nothing_is_left_to_do
check 'the name of a run is taken' name_is_taken
check 'another plan does not go on with a run' other_plan
check 'nor does another disk' changed_disk
check 'a run whose cells are gone' cells_are_gone
check 'nor another payload' changed_payload
check 'with --jobs, cells run at once where the plan says that they may' several_at_once
check 'the guest is told how often, and runs on the CPUs of the plan' guest_is_told

failure_stops_nothing() {
	GUEST_LOG=fails.log GUEST_FAIL=bad ends 111 --run r --out fails fails.plan
	grep -q 'bad, native, 1 vcpu: given up after 3 failed boots: failed: a step' stderr
	grep -q '2 of 3 cells complete' stderr
	[ "$(cut -d ' ' -f 1 fails.log | tr '\n' ' ')" = 'a bad c bad bad ' ]
	sql fails/results.sqlite "SELECT attempt, why FROM boot WHERE status = 'failed'" >why
	[ "$(grep -c 'a step of the workload failed' why)" -eq 3 ]
}
retry_is_enough() {
	GUEST_FAIL_ONCE=failed-once ends 0 --run r --out once fails.plan
	sql once/results.sqlite 'SELECT status, count(*) FROM boot GROUP BY 1 ORDER BY 1' >how
	printf '%s\n' 'done 3' 'failed 1' | cmp - how
}
late_is_a_failure() {
	GUEST_HANG=b ends 111 --run r --out late late.plan
	sql late/results.sqlite 'SELECT workload, why FROM boot JOIN cell ON cell.id = cell WHERE why IS NOT NULL' |
		grep -q '^b not over after 1 s'
	cells late/results.sqlite | grep -qx '0 a native 1 1 6'
}
no_qemu() {
	mkdir -p empty
	status=0
	env "PATH=$tmp/empty" "$xlab" run --run r --out noqemu late.plan 2>stderr || status=$?
	cat stderr
	[ "$status" -eq 111 ]
	grep -q 'install qemu-system-x86' stderr
	grep -q '0 of 2 cells complete' stderr
}
precise_is_enough() {
	ends 0 --run r --out exact exact.plan
	cells exact/results.sqlite | grep -qx '0 a native 1 6 6'
	GUEST_NOISE=1 GUEST_LOG=noise.log ends 0 --run r --out noise exact.plan
	cells noise/results.sqlite | grep -qx '0 a native 1 9 9'
}
check 'a cell that fails is tried again, recorded, and stops nothing' failure_stops_nothing
check 'one that fails once is complete' retry_is_enough
check 'a guest that comes to no end has a deadline' late_is_a_failure
check 'no QEMU is no crash' no_qemu
check 'repetition ends when figures are precise, or at the bound' precise_is_enough

# in_boot FOLDER: begins to run many.plan there, and is back when the guest of its first boot, which will not end, is
# at work: $pid runs the plan, and the guest's workload is $booted.
in_boot() {
	mkfifo "$1.ready"
	GUEST_HANG=a GUEST_READY=$1.ready "$xlab" run --order listed --run r --out "$1" many.plan 2>"$1.err" </dev/null &
	pid=$!
	booted=$(timeout 60 cat "$1.ready") || true
}
# interrupted SIGNAL FOLDER: runs many.plan there, ended by that signal in its first boot, and then at other times each time, until
# it is complete.
interrupted() {
	in_boot "$2"
	kill -s "$1" "$pid"
	wait "$pid" || true
	[ "$booted" = a ]
	ms=150 turns=0 status=1
	while [ "$status" -ne 0 ]; do
		turns=$((turns + 1)) status=0
		ms=$(((ms * 7 + 131 * turns) % 500 + 60 * turns))
		timeout -s "$1" "$((ms / 1000)).$(printf %03d $((ms % 1000)))" \
			"$xlab" run --resume r --out "$2" 2>>"$2.err" </dev/null || status=$?
		[ "$turns" -lt 100 ]
	done
	cells "$2/results.sqlite" | cmp - whole.cells
	[ "$(sql "$2/results.sqlite" "SELECT count(*) FROM boot WHERE status = 'interrupted'")" -gt 0 ]
	sql "$2/results.sqlite" "SELECT count(*) FROM boot WHERE status IN ('running', 'failed')" | grep -qx 0
	sql "$2/results.sqlite" "SELECT count(*) FROM guest WHERE status = 'running'" | grep -qx 0
	[ ! -e "$2/results.sqlite.run" ]
}
interrupted_is_said() {
	GUEST_HANG=a timeout -s INT 3 "$xlab" run --run r --out int many.plan 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq 124 ]
	grep -q 'to go on: xlab run --resume r' stderr
	sql int/results.sqlite "SELECT status FROM boot WHERE id = (SELECT max(id) FROM boot)" | grep -qx interrupted
}
one_at_a_time() {
	in_boot busy
	refuses 100 'another xlab run' --resume r --out busy || bad=1
	kill -KILL "$pid"
	wait "$pid" || true
	[ "$booted" = a ]
	[ -z "${bad:-}" ]
}
check 'a run that SIGKILL ends now and then comes out as any other' interrupted KILL killed
check 'so does one that SIGTERM ends' interrupted TERM ended
check 'Ctrl-C ends the boot, and says how to go on' interrupted_is_said
check 'a run is carried out by one at a time' one_at_a_time
echo "1..$n"
exit "$failed"
