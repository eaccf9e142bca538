#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab workload, with trees that stand in for SPEC's (tests/spec): payloads of them, and what xlab-work
# measures in them, as in a guest: the payload is all there is, cannot be written to, and is entered by a
# mount namespace. TAP.
set -eu

xlab=$PWD/build/host/xlab
work=$PWD/build/guest/xlab-work
stand_ins=$PWD/tests/spec
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"
mkdir payloads folders scratch
export XLAB_PAYLOADS="$tmp/payloads" XLAB_WORKLOADS="$tmp/none" XLAB_RUN_IN="$tmp/run-in" TMPDIR="$tmp/folders"

# The system that the benchmarks run in: BusyBox, and what stands in for Java and a web server.
mkdir -p system/bin system/usr/bin
cp /bin/busybox system/bin
for applet in sh awk cat cmp cp expr grep kill ls mkdir mv rm sed seq sleep tail tr; do ln -s busybox "system/bin/$applet"; done
cp "$stand_ins/java" "$stand_ins/webserver" system/usr/bin

# benchmark FOLDER OUTPUT SECONDS: one whose program prints OUTPUT, and should print right.
benchmark() {
	mkdir -p "$1/exe" "$1/data/test" "$1/data/ref" "$1/run/run_base_test_old"
	printf '#!/bin/sh\n%s\n' "$2" >"$1/exe/program"
	chmod 755 "$1/exe/program"
	for size in test ref; do echo right >"$1/data/$size/output"; done
	echo "$3" >"$1/data/test/seconds"
	echo "$(($3 * 100))" >"$1/data/ref/seconds"
	: >"$1/run/list"
}

# cpu_tree FOLDER TOOL BENCHSPEC VERSION
cpu_tree() {
	mkdir -p "$1/bin" "$1/config" "$1/result" "$1/$3"
	cp "$stand_ins/runspec" "$1/bin/$2"
	echo "$4" >"$1/version.txt"
	# shellcheck disable=SC2016 # it is the guest's
	echo 'SPEC=$(pwd) PATH=$(pwd)/bin:$PATH; export SPEC PATH' >"$1/shrc"
	echo 'tune = base' >"$1/config/lab.cfg"
	echo old >"$1/result/$2.001.ref.rsf"
}

cpu_tree cpu2006 runspec benchspec/CPU2006 1.2
benchmark cpu2006/benchspec/CPU2006/429.mcf 'echo right' 3
benchmark cpu2006/benchspec/CPU2006/403.gcc 'echo wrong' 5
benchmark cpu2006/benchspec/CPU2006/462.libquantum 'exit 7' 5
benchmark cpu2006/benchspec/CPU2006/401.bzip2 'echo right' 4
rm cpu2006/benchspec/CPU2006/401.bzip2/exe/program
cpu_tree cpu2017 runcpu benchspec/CPU 1.1.9
benchmark cpu2017/benchspec/CPU/505.mcf_r 'echo right' 2
mkdir -p jbb2005 jbb2015/config web/bank
: >jbb2005/jbb.jar
: >jbb2005/check.jar
printf '%s\n' input.starting_number_warehouses=1 input.ending_number_warehouses=8 input.measurement_seconds=240 >jbb2005/SPECjbb.props
: >jbb2015/specjbb2015.jar
: >jbb2015/config/specjbb2015.props
: >web/bank/login.php

# As xlab-run-in does.
cat >run-in <<'EOT'
#!/bin/sh
set -eu
root=$XLAB_PAYLOADS/$1
[ -d "$root" ] || { echo "xlab-run-in: there is no payload $1" >&2; exit 100; }
shift
exec unshare --mount --map-root-user sh -euc 'mount --bind "$0" "$0"
	mount -o remount,bind,ro,nosuid,nodev "$0"
	mount --rbind /proc "$0/proc"
	mount --rbind /dev "$0/dev"
	mount -t tmpfs none "$0/tmp"
	[ -z "${SCRATCH:-}" ] || mount --bind "$SCRATCH" "$0/scratch"
	unset TMPDIR
	exec chroot "$0" "$@"' "$root" "$@"
EOT
chmod 755 run-in

# make_payload NAME ARG...: and mounts it, as far as can be seen.
make_payload() {
	name=$1
	shift
	rm -rf "payloads/$name"
	"$xlab" workload "$@" --system system --name "$name" --out "$name.payload" >said
	cat said
	"$xlab" payload inspect "$name.payload" | grep -qx "epoch     ${SOURCE_DATE_EPOCH:-1767225600}"
	fsck.erofs --extract="payloads/$name" "$name.payload" >/dev/null
	grep -qx "workload = $name" said
	grep -q estimates said
	"$xlab" workload check "payloads/$name/workloads"/* >checked
	[ -z "$(find . -maxdepth 1 -name "$name.payload.*")" ]
}

# ran NAME STATUS ARG...: runs a workload; what it prints is out, and nothing of it is left.
ran() {
	want=$2 status=0
	name=$1
	shift 2
	"$work" "$@" "$name" >out 2>said </dev/null || status=$?
	cat out said
	[ "$status" -eq "$want" ]
	[ -z "$(ls -A folders)" ]
}

# samples EXPRESSION: of all samples of out, S, it is true in Python. What else is there says what is invalid.
samples() {
	python3 - "$1" <<'EOT'
import json, sys
S = [json.loads(line) for line in open("out") if '"name":"invalid"' not in line]
assert all(s["type"] == "sample" and s["ops"] == 1 for s in S), S
assert eval("(" + sys.argv[1] + ")"), S
EOT
}

# said WORD: in the one line on standard error.
said() { [ "$(wc -l <said)" -eq 1 ] && grep -q -e "$1" said; }

cpu2006() {
	cp -a cpu2006 before
	make_payload cpu2006 spec-cpu --tree cpu2006 --config lab --benchmarks 429.mcf,403.gcc,462.libquantum,401.bzip2 --iterations 2
	diff -r cpu2006 before
	ran 429.mcf 0 --size quick
	samples '[(s["workload"], s["benchmark"], s["index"], s["unit"], s["value"], s["ratio"], s["better"]) for s in S] ==
		[("429.mcf", "429.mcf", i, "s", 3.25 + i, 3000.5, "less") for i in (0, 1)]'
	ran 429.mcf 0 --size ref --suite cpu2006
	samples '[(s["workload"], s["value"], s["ratio"]) for s in S] == [("cpu2006", 300.25 + i, 30.5) for i in (0, 1)]'
}

wrong_output_is_invalid() {
	ran 403.gcc 111 --size quick
	samples 'S == []'
	said '403.gcc: repetition 1: 2 of 2 executions are invalid: 403.gcc, base, iteration 0: VE: what it made is wrong: Output miscompare'
}

failure_is_invalid() { ran 462.libquantum 111 && said 'RE: it failed while it ran: exit code 7'; }
not_built_is_invalid() { ran 401.bzip2 111 && said 'CE: it could not be built: no program'; }

# What is invalid keeps nobody else from being a sample.
suite_goes_on() {
	status=0
	"$work" --size quick cpu2006 >out 2>said || status=$?
	cat out said
	[ "$status" -eq 111 ]
	[ "$(wc -l <said)" -eq 3 ]
	samples 'len(S) == 2 and {s["benchmark"] for s in S} == {"429.mcf"} and {s["workload"] for s in S} == {"cpu2006"}'
}

# As a plan wants it: each is a whole run of the tool, and no two samples of a benchmark have one index.
repeated() {
	XLAB_REPETITIONS=2 ran 429.mcf 0
	samples '[s["index"] for s in S] == [0, 1, 2, 3]'
}

on_scratch() {
	mkdir -p scratch/cpu2006/left/behind
	SCRATCH=$tmp/scratch ran 429.mcf 0
	samples 'len(S) == 2'
	[ -z "$(ls -A scratch)" ]
}

cpu2017() {
	make_payload cpu2017 spec-cpu --tree cpu2017 --config lab.cfg --benchmarks 505.mcf_r --tune all --iterations 1 --copies 4
	ran 505.mcf_r 0
	samples '[(s["benchmark"], s["value"]) for s in S] == [("505.mcf_r", 2.25), ("505.mcf_r/peak", 2.25)]'
	grep -q -- '--copies=4' payloads/cpu2017/workloads/505.mcf_r
}

# The tool's own words come through: of a set that there is not, and of no result file.
tool_fails() {
	make_payload cpu2017 spec-cpu --tree cpu2017 --config lab --benchmarks fprate
	ran fprate 111
	said 'runcpu ended with exit status 1 and left no result file: ERROR: no benchmarks selected'
}

# The tree means no good: a result file of nothing that is known, and one that is too long to be read.
hostile_results() {
	cp -a cpu2017 hostile
	cat >hostile/bin/runcpu <<'EOT'
#!/bin/sh
case $* in
*intrate) printf 'spec.cpu2017.results.\033[2J.base.000.valid: S\nspec.cpu2017.results.505_mcf_r.base.99999.valid: S\n' ;;
*fprate) printf 'nothing\n' ;;
*) awk 'BEGIN { for (i = 0; i < 40000; i++) print "spec.cpu2017.results.505_mcf_r.base.000.x" i ": 1" }' ;;
esac >"$SPEC/result/x.rsf"
EOT
	rm -rf payloads/cpu2017 # of workloads of one name the first payload's is taken
	make_payload hostile spec-cpu --tree hostile --config lab --benchmarks intrate,fprate,505.mcf_r
	ran intrate 111
	said 'is no result file of SPEC CPU'
	ran fprate 111
	said 'x.rsf: has no results'
	ran 505.mcf_r 111
	said 'printed more than 1048576 bytes'
	samples 'S == []'
}

jbb2005() {
	make_payload jbb spec-jbb --tree jbb2005 --java-options '-Xms64m -Xmx64m'
	ran jbb 0 --size ref
	samples '[(s["benchmark"], s["value"], s["unit"], s["better"]) for s in S] == [("jbb", 8000, "bops", "more")]'
	ran jbb 100 --size quick
	said 'has no size quick'
}

# A run that breaks the rules is no sample, unless an estimate is asked for.
jbb2005_invalid() {
	make_payload jbb spec-jbb --tree jbb2005 --warehouses 2 --seconds 240
	ran jbb 111 --size ref
	said 'is not in what it printed'
	make_payload jbb spec-jbb --tree jbb2005 --warehouses 2 --seconds 5 --estimate
	ran jbb 0 --size ref
	samples '[s["value"] for s in S] == [2000]'
	ran jbb 0 --size quick
	samples '[s["value"] for s in S] == [1000]'
}

jbb2015() {
	make_payload jbb spec-jbb --tree jbb2015
	ran jbb 0 --size ref
	samples '[(s["benchmark"], s["value"], s["unit"]) for s in S] == [("max-jOPS", 18489, "jOPS"), ("critical-jOPS", 7698, "jOPS")]'
}

no_java() {
	make_payload jbb spec-jbb --tree jbb2015 --java /opt/java
	ran jbb 111 --size ref
	said '/opt/java'
}

# The prime client's result comes while the server runs, and ends it.
web() {
	make_payload web spec-web --tree web --server '/usr/bin/webserver bank'
	SCRATCH=$tmp/scratch ran web 0 &
	pid=$! end=$(($(date +%s) + 60))
	until [ -e scratch/up ]; do [ "$(date +%s)" -lt "$end" ] || return 1; done
	printf 'Sessions: 100; Total requests: 5000\nTIME_GOOD: 97.5%%; TIME_TOLERABLE: 99.25%%; Total errors: 0\n' >scratch/web/new
	mv scratch/web/new scratch/web/result
	wait "$pid"
	samples '[(s["benchmark"], s["value"], s["unit"]) for s in S] == [("TIME_GOOD", 97.5, "percent"), ("TIME_TOLERABLE", 99.25, "percent")]'
	rm scratch/up
	[ -z "$(ls -A scratch)" ]
}

web_fails() {
	make_payload web spec-web --tree web --server /usr/bin/webserver
	ran web 111
	said 'no scratch disk'
	SCRATCH=$tmp/scratch ran web 111
	said '/usr/bin/webserver has ended before a result was there: error: no document root'
}

# refused STATUS WORD ARG...: xlab workload ARG... says one line that has WORD, and leaves nothing behind.
refused() {
	want=$1 word=$2 status=0
	shift 2
	ls -A >before.list
	"$xlab" workload "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	ls -A >after.list
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr && [ ! -s stdout ] &&
		cmp before.list after.list
}
bad() { check "$*" refused "$@"; }
: >before.list; : >after.list; : >stdout; : >stderr; : >said; : >out; : >tap

cpu="spec-cpu --tree cpu2006 --system system --config lab"
bad 100 'needs spec-cpu, spec-jbb, spec-web or check'
bad 100 'needs spec-cpu, spec-jbb, spec-web or check' spec-virt
bad 100 'workload spec-cpu: needs --tree DIR' spec-cpu
bad 100 'workload spec-cpu: --trees: no such option' spec-cpu --trees cpu2006
bad 100 'takes no arguments' spec-cpu --tree cpu2006 more
bad 100 'nowhere: No such file' spec-cpu --tree nowhere
bad 100 'shrc: Not a directory' spec-cpu --tree cpu2006/shrc
bad 100 'give one of them' $cpu --benchmarks 429.mcf --packages ab
bad 100 'names of Debian packages' spec-cpu --tree cpu2006 --packages 'a b'
bad 100 'neither CPU2006 nor CPU2017 is installed here' spec-cpu --tree jbb2005
bad 100 'needs --benchmarks' $cpu
bad 100 'needs --config' spec-cpu --tree cpu2006 --benchmarks 429.mcf
bad 100 'cpu2006/config: has no other' $cpu --config other --benchmarks 429.mcf
bad 100 '--config takes a name' $cpu --config ../shrc --benchmarks 429.mcf
bad 100 'CPU2006: has no 430.mcf' $cpu --benchmarks 429.mcf,430.mcf
bad 100 'is no name of a benchmark' $cpu --benchmarks '429.mcf,../x'
bad 100 'is empty or too long' $cpu --benchmarks ,
bad 100 'has a name twice' $cpu --benchmarks 429.mcf,429.mcf
bad 100 '--tune fast: not one of base, peak, all' $cpu --benchmarks 429.mcf --tune fast
bad 100 '--quick big: not one of test, train, ref' $cpu --benchmarks 429.mcf --quick big
bad 100 '--iterations takes a number from 1 to 999' $cpu --benchmarks 429.mcf --iterations 0
bad 100 '--timeout takes a number' $cpu --benchmarks 429.mcf --timeout 1h
bad 100 '--threads is for CPU2017' $cpu --benchmarks 429.mcf --threads 2
bad 100 'give one of them' $cpu --benchmarks 429.mcf --threads 2 --copies 2
bad 100 '--name has 1 to 16' $cpu --benchmarks 429.mcf --name Spec
bad 100 'nowhere: No such file' spec-cpu --tree cpu2006 --system nowhere --config lab --benchmarks 429.mcf
bad 100 'in the folder that it is made of' $cpu --benchmarks 429.mcf --out cpu2006/x
bad 100 'nowhere/x: No such file' $cpu --benchmarks 429.mcf --out nowhere/x
bad 100 'neither SPECjbb2005' spec-jbb --tree cpu2006 --system system
bad 100 '--java takes the path' spec-jbb --tree jbb2005 --system system --java java
bad 100 '--warehouses takes a number' spec-jbb --tree jbb2005 --system system --warehouses 1-8
bad 100 'are for SPECjbb2005' spec-jbb --tree jbb2015 --system system --seconds 5
bad 100 '--java-options has a character' spec-jbb --tree jbb2005 --system system --java-options "$(printf 'a\tb')"
bad 100 'needs --packages or --system' spec-web --tree web --server /bin/a
bad 100 'needs --server' spec-web --tree web --system system
bad 100 'needs --server' spec-web --tree web --system system --server webserver
bad 100 'not the document root of SPECweb2005' spec-web --tree jbb2005 --system system --server /bin/a
bad 100 "'unit' has a character" spec-web --tree web --system system --server /bin/a --unit %
bad 100 'needs a FILE' check
bad 100 'nowhere: No such file' check nowhere
echo 'quik = a' >typo
bad 100 "typo: line 1: 'quik' is no key" check typo
printf '2.0\n' >cpu2017/version.txt
bad 100 'version.txt: not a version of CPU2017 that is known' spec-cpu --tree cpu2017 --system system --config lab --benchmarks 505.mcf_r
rm cpu2017/version.txt
bad 100 'neither CPU2006 nor CPU2017' spec-cpu --tree cpu2017 --system system --config lab --benchmarks 505.mcf_r
echo 1.1.9 >cpu2017/version.txt
mkfifo cpu2017/fifo
bad 100 'fifo: neither file, folder nor link' spec-cpu --tree cpu2017 --system system --config lab --benchmarks 505.mcf_r
rm cpu2017/fifo

check 'CPU2006: what its result file says, in both sizes' cpu2006
check 'wrong output is invalid' wrong_output_is_invalid
check 'a program that fails is invalid' failure_is_invalid
check 'a program that was not built is invalid' not_built_is_invalid
check 'a suite goes on behind what is invalid' suite_goes_on
check 'repetitions have numbers of their own' repeated
check 'on the scratch disk, where there is one' on_scratch
check 'CPU2017: base, peak and copies' cpu2017
check 'the tool says why it has left nothing' tool_fails
check 'result files that mean no good' hostile_results
check 'SPECjbb2005: the score' jbb2005
check 'SPECjbb2005: no valid run, no sample, but an estimate' jbb2005_invalid
check 'SPECjbb2015: both metrics' jbb2015
check 'no Java' no_java
check 'SPECweb2005: what the prime client found' web
check 'SPECweb2005: no scratch disk, and a server that ends' web_fails
echo "1..$n"
exit "$failed"
