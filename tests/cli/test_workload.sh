#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab-work from outside: what it prints for workloads and suites, what makes a repetition invalid, and that
# it runs inside payloads. The programs here are stand-ins. TAP.
set -eu

work=$PWD/build/guest/xlab-work
micro=$PWD/rootfs/workloads/micro
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"
mkdir w folders
export XLAB_WORKLOADS="$tmp/w" TMPDIR="$tmp/folders"
hello=5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 # echo hello | sha256sum

# workload NAME LINE...
workload() {
	file=w/$1
	shift
	printf '%s\n' "$@" >"$file"
}

# ends STATUS WORD ARG...: xlab-work ARG... exits with STATUS and says one line that has WORD; nothing
# that it made is left.
ends() {
	want=$1 word=$2 status=0
	shift 2
	"$work" "$@" >out 2>said </dev/null || status=$?
	cat said
	[ "$status" -eq "$want" ] && [ "$(wc -l <said)" -eq 1 ] && grep -q -e "$word" said && [ -z "$(ls -A folders)" ]
}

# The same for what prints nothing, or nothing but that a warm-up is invalid.
refused() { ends "$@" && [ ! -s out ]; }
ended() { ends "$@" && [ "$(wc -l <out)" -eq 1 ] && grep -q '"name":"invalid"' out; }

# samples N EXPRESSION: the lines of out are N samples, but for those that say what is invalid, and for each, s, the
# Python expression holds; i is its number.
samples() {
	python3 - "$@" <<'EOT'
import json, sys
lines = [line for line in open("out").read().splitlines() if '"name":"invalid"' not in line]
assert len(lines) == int(sys.argv[1]), lines
for i, line in enumerate(lines):
    s = json.loads(line)
    assert s["type"] == "sample" and s["ops"] == 1 and s["value"] >= 0, s
    assert s["wall_s"] > 0 and s["user_s"] >= 0 and s["system_s"] >= 0 and s["max_rss_kib"] > 0, s
    assert eval(sys.argv[2]), s
EOT
}

# fine NAME N EXPRESSION [OPTION...]
fine() {
	name=$1 count=$2 holds=$3
	shift 3
	"$work" "$@" "$name" >out 2>said
	[ ! -s said ]
	[ -z "$(ls -A folders)" ]
	samples "$count" "$holds"
}

printf '#!/bin/sh\nfor i in $(seq "$1"); do echo "round $i"; done\nprintf hello\\\\n >made\necho "rate: 12.5 ops" ; ls\n' >bench
printf '#!/bin/sh\necho x >>%s/runs\n' "$tmp" >count
printf '#!/bin/sh\nexec sleep 600\n' >slow
chmod 755 bench count slow

workload time "quick = $tmp/bench 1" "ref = $tmp/bench 2"
workload rate "quick = $tmp/bench 3" 'metric = regex ^rate: ([0-9.]+) ops$' 'unit = ops/s' 'better = more' 'repetitions = 5'
workload json 'quick = echo {"a":[1,{"b":7}]}' 'metric = json a[1].b' 'unit = x' 'better = less'
workload made "quick = $tmp/bench 1" "quick_sha256 = $hello" 'output = made'
workload printed 'quick = echo hello' "quick_sha256 = $hello"
workload counted "quick = $tmp/count" 'warmups = 2' 'repetitions = 4'
workload records 'quick = echo {"type":"log","name":"a","text":"b"}' 'metric = records' 'warmups = 0' 'repetitions = 2'
workload 429.mcf 'quick = true'

counted() {
	: >runs
	fine counted 4 True
	[ "$(wc -l <runs)" -eq 6 ]
}

# As a plan wants it.
told() {
	: >runs
	XLAB_WARMUPS=0 XLAB_REPETITIONS=2 fine counted 2 True
	[ "$(wc -l <runs)" -eq 2 ]
	export XLAB_REPETITIONS=0
	refused 100 'XLAB_REPETITIONS=0: not a number' counted
}

records() {
	"$work" records >out
	[ "$(sort -u out)" = '{"type":"log","name":"a","text":"b"}' ] && [ "$(wc -l <out)" -eq 2 ]
}

check 'time' fine time 3 's["workload"] == s["benchmark"] == "time" and s["index"] == i and s["unit"] == "s" and s["value"] == s["wall_s"] and s["better"] == "less"'
check 'the other size' fine time 3 'True' --size ref
check 'as part of a suite' fine time 3 's["workload"] == "all" and s["benchmark"] == "time"' --suite all
check 'by its path' fine w/time 3 's["benchmark"] == "time"'
check 'a rate' fine rate 5 's["value"] == 12.5 and s["unit"] == "ops/s" and s["better"] == "more"'
check 'JSON' fine json 3 's["value"] == 7 and s["unit"] == "x"'
check 'a file with the right checksum' fine made 3 True
check 'output with the right checksum' fine printed 3 True
check 'warm-ups are no samples' counted
check 'as often as the host says' told
check 'records are passed on' records
check 'a name with a dot' fine 429.mcf 3 's["benchmark"] == "429.mcf"'

workload wrong 'quick = echo hullo' "quick_sha256 = $hello"
workload nofile 'quick = true' "quick_sha256 = $hello" 'output = made'
workload fails 'quick = ls /nowhere'
workload late "quick = $tmp/slow" 'timeout = 1'
workload missing 'quick = /nowhere/program -a'
workload nonumber 'quick = echo fast' 'metric = regex ([0-9]+)' 'unit = s' 'better = less' 'repetitions = 1'
workload norecords 'quick = echo fast' 'metric = records' 'repetitions = 1'
workload much 'quick = yes'
workload later "quick = $tmp/until" 'warmups = 0'
workload says "quick = $tmp/says"
# The second time that it is run it fails.
printf '#!/bin/sh\necho x >>%s/times\n[ "$(wc -l <%s/times)" -ne 2 ] || exit 3\n' "$tmp" "$tmp" >until
printf '#!/bin/sh\nprintf "\\033[31m\\"\\\\\\\\\\377\\n" >&2\nexit 1\n' >says
chmod 755 until says

# The only line of out is a record that says what is invalid.
noted() { [ "$(cat out)" = "{\"type\":\"log\",\"name\":\"invalid\",\"text\":\"$1\"}" ]; }
second_fails() {
	ends 111 'later: repetition 2: ended with exit status 3, not 0' later
	samples 2 's["index"] == (0, 2)[i]'
	sed -i 2p\;d out
	noted 'later: repetition 2: ended with exit status 3, not 0'
}
said_is_escaped() {
	"$work" says >out 2>said && return 1
	noted 'says: warm-up 1: ended with exit status 1, not 0: \u001b[31m\"\\\u00ff'
}

check 'wrong checksum' ended 111 'wrong: warm-up 1: what it printed is wrong: its SHA-256 is 165e39' wrong
check 'missing file' ended 111 'made: No such file' nofile
check 'wrong status' ended 111 'ended with exit status 2, not 0: ls: ' fails
check 'time-out' ended 111 'took longer than 1 s' late
check 'missing program' ended 111 'cannot run /nowhere/program: No such file' missing
check 'no number' ended 111 'is not in what it printed' nonumber
check 'no records' ended 111 'is not records' norecords
check 'too much output' ended 111 'printed more than 1048576 bytes' much
check 'an invalid repetition is recorded, the others are samples' second_fails
check 'what it said is escaped in that' said_is_escaped

printf 'quick = true\nquik = a\n' >w/typo
workload suite 'about = good and bad' 'workloads = time wrong printed'
workload nested 'workloads = suite'
workload none 'workloads = nowhere time'
workload 'a b' 'quick = true'
head -c 20000 /dev/zero | tr '\0' '#' >w/long
check 'no argument' refused 100 usage
check 'two arguments' refused 100 usage time rate
check 'no such size' refused 100 usage --size slow time
check 'no such option' refused 100 usage --sizes ref time
check 'a suite with no name' refused 100 usage --suite '' time
check 'a size that it has not' refused 100 'has no size ref' --size ref rate
check 'no such workload' refused 100 'w/nowhere: No such file' nowhere
check 'a folder' refused 100 'Is a directory' "$tmp/"
check 'a wrong file' refused 100 "w/typo: line 2: 'quik' is no key" typo
check 'a long file' refused 100 'is not a workload' long
check 'a bad name' refused 100 'A-Za-z0-9' 'a b'
check 'a list of commands' refused 100 'is a list of commands' "$micro"
full() {
	status=0
	"$work" time 2>said >/dev/full || status=$?
	[ "$status" -eq 111 ]
	grep -q 'repetition 1: cannot print: No space left' said
}
check 'output that cannot be written' full
check 'a suite in a suite' refused 100 'cannot be part of another' nested

suite() {
	ends 111 'wrong: warm-up 1' suite
	samples 6 's["workload"] == "suite" and s["benchmark"] == ("time" if i < 3 else "printed")'
}
check 'a suite goes on behind what fails' suite
suite_lacks() { ends 100 'w/nowhere: No such file' none && samples 3 True; }
check 'a suite with a workload that there is not' suite_lacks

# A payload, and what enters it as xlab-run-in does: but for it nothing of this machine is there.
mkdir -p root/bin root/proc root/dev root/tmp
cp /bin/busybox root/bin
printf '#!/bin/busybox sh\n/bin/busybox ls /; /bin/busybox pwd\n' >root/bin/inside
chmod 755 root/bin/inside
cat >run-in <<EOT
#!/bin/sh
set -eu
[ "\$1" = demo ] || { echo "xlab-run-in: there is no payload \$1" >&2; exit 100; }
shift
echo x >>$tmp/entered
exec unshare --mount --map-root-user sh -euc 'mount --rbind /proc "\$0/proc"
	mount --rbind /dev "\$0/dev"; unset TMPDIR; exec chroot "\$0" "\$@"' $tmp/root "\$@"
EOT
chmod 755 run-in
export XLAB_RUN_IN="$tmp/run-in"
workload inside 'payload = demo' 'quick = /bin/inside' 'metric = regex ^/tmp/(xlab-work-)' 'unit = x' 'better = less' \
	'repetitions = 1'
workload works 'payload = demo' 'quick = /bin/inside' 'warmups = 0'
workload lost 'payload = other' 'quick = /bin/inside'
workload both 'workloads = time works'

in_payload() {
	: >entered
	fine works 3 's["workload"] == s["benchmark"] == "works"'
	[ "$(wc -l <entered)" -eq 1 ]
	[ -z "$(ls -A root/tmp)" ]
}
check 'inside a payload, entered once' in_payload
check 'its folder is there too' ended 111 'is there, but no number' inside
check 'no such payload' refused 100 'there is no payload other' lost
check 'in a suite' fine both 6 's["workload"] == "both" and s["benchmark"] == ("time" if i < 3 else "works")'
XLAB_RUN_IN=/nowhere/run-in check 'no xlab-run-in' refused 111 'cannot run /nowhere/run-in' works
echo "1..$n"
exit "$failed"
