#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab doctor on machines that nobody has: a folder of their files, and an xl that says what theirs
# would; and on this one. TAP.
set -eu

xlab=$PWD/build/host/xlab
docs=$PWD/docs
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"
cpu=sys/devices/system/cpu

# file PATH TEXT
file() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1"
}

# doctor STATUS ARG...: what it prints is in out; it exits with STATUS.
doctor() {
	want=$1 status=0
	shift
	PATH=$tmp/bin:$PATH "$xlab" doctor "$@" >out 2>err || status=$?
	cat out err
	[ "$status" -eq "$want" ]
}

# in_form DIR: the JSON of that machine, doctor's and the facts in it, has the form of the schemas.
in_form() {
	PATH=$tmp/bin:$PATH "$xlab" doctor --json --seconds "${2:-0}" --root "$1" >"$tmp/doctor.json" || [ $? -eq 100 ]
	/usr/bin/jsonschema -i "$tmp/doctor.json" "$docs/doctor.schema.json"
	python3 -c 'import json, sys; json.dump(json.load(open(sys.argv[1]))["facts"], open(sys.argv[2], "w"))' \
		"$tmp/doctor.json" "$tmp/facts.json"
	/usr/bin/jsonschema -i "$tmp/facts.json" "$docs/facts.schema.json"
}

# A native machine as it is delivered.
file native/proc/cmdline 'root=/dev/sda1'
file native/proc/cpuinfo 'flags : fpu constant_tsc nonstop_tsc'
for i in 0 1; do
	file "native/$cpu/cpu$i/cpufreq/scaling_governor" ondemand
	file "native/$cpu/cpu$i/cpufreq/scaling_driver" acpi-cpufreq
done
file "native/$cpu/cpufreq/boost" 1
file "native/$cpu/smt/active" 1
file "native/$cpu/vulnerabilities/meltdown" 'Mitigation: PTI'
file native/sys/devices/system/node/node0/cpulist 0-1
file native/sys/class/hwmon/hwmon0/name k10temp
file native/sys/class/hwmon/hwmon0/temp1_input 41000
file native/proc/stat 'cpu  1 2 3 4 5 6 7 8 9 10'

# The same, as its doctor wants it.
cp -r native tuned
for i in 0 1; do
	file "tuned/$cpu/cpu$i/cpufreq/scaling_governor" performance
done
file "tuned/$cpu/cpufreq/boost" 0
file "tuned/$cpu/smt/active" 0

# A Xen host, and its xl.
cp -r tuned xen
file xen/proc/xen/capabilities control_d
file bin/xl '#!/bin/sh
case $* in
"info -n") printf "nr_cpus : 4\nnr_nodes : 1\nthreads_per_core : 1\nxen_version : 4.17.9\nxen_scheduler : credit2\nxen_commandline : dom0_mem=1G\n" ;;
dmesg) printf "(XEN)   Xen settings: SPEC_CTRL: No, Other:\n(XEN)   XPTI (64-bit PV only): Dom0 enabled, DomU enabled (with PCID)\n" ;;
cpupool-list) printf "Name CPUs Sched Active Domain count\nPool-0  4  credit2  y  2\n" ;;
"cpupool-list -c") printf "Name CPU list\nPool-0 0,1,2,3\n" ;;
"list -l") echo "[{\"domid\": 0}, {\"domid\": 4, \"config\": {\"c_info\": {\"type\": \"pv\", \"name\": \"web\"}, \"b_info\": {}}}]" ;;
list) printf "Name ID Mem VCPUs State Time(s)\nDomain-0 0 1024 4 r----- 9.5\nweb 4 256 2 -b---- 3.0\n" ;;
sched-credit2) printf "Cpupool Pool-0: ratelimit=1000us\nName ID Weight Cap\nDomain-0 0 256 0\nweb 4 256 50\n" ;;
vcpu-list) printf "Name ID VCPU CPU State Time(s) Affinity (Hard / Soft)\nDomain-0 0 0 1 r-- 9.5 all / all\nweb 4 0 2 -b- 3.0 2-3 / all\n" ;;
*) exit 1 ;;
esac'
file bin/xenpm '#!/bin/sh
printf "scaling_driver : acpi-cpufreq\ncurrent_governor : ondemand\nturbo mode : enabled\n"'
chmod +x bin/xl bin/xenpm

native_is_told() {
	doctor 100 --seconds 0 --root native
	grep -qx 'spoils   governor ondemand on 2 CPUs: cpupower frequency-set -g performance' out
	grep -q '^matters  turbo: .*: echo 0 > /sys/devices/system/cpu/cpufreq/boost$' out
	grep -q '^matters  SMT: .*: echo off > /sys/devices/system/cpu/smt/control$' out
	fails grep -q 'dom0\|domain' out
}
tuned_is_well() {
	doctor 0 --seconds 0 --root tuned
	fails grep -q '^spoils' out
	grep -qx '0 spoil figures, .*' out
}
xen_is_told() {
	doctor 100 --seconds 0 --root xen
	grep -qx 'spoils   governor ondemand on 1 CPUs: xenpm set-scaling-governor performance' out
	grep -q '^matters  turbo: .*: xenpm disable-turbo-mode$' out
	grep -q '^matters  dom0 may run on every CPU.*dom0_vcpus_pin' out
	grep -qx 'matters  domain web runs, with 2 vcpus: xl shutdown web' out
	grep -q '^fyi      XPTI: ' out
}
xen_facts_are_whole() {
	in_form xen
	python3 -c '
import json
xen, domains = (json.load(open("facts.json"))[k] for k in ("xen", "domains"))
assert xen["pools"] == [{"name": "Pool-0", "scheduler": "credit2", "cpu_count": 4, "domain_count": 2, "cpus": "0,1,2,3", "parameters": {"ratelimit": "1000us"}}]
assert xen["xpti"] == {"dom0": True, "domu": True}
assert domains[1]["weight"] == 256 and domains[1]["cap"] == 50 and domains[1]["tsc_mode"] == "default"
assert domains[1]["affinity"] == [{"vcpu": 0, "cpu": 2, "hard": "2-3", "soft": "all"}]'
}
mute_xl_spoils() {
	mv bin/xl bin/xl.kept
	file bin/xl '#!/bin/sh
exit 1'
	chmod +x bin/xl
	doctor 100 --seconds 0 --root xen
	mv bin/xl.kept bin/xl
	grep -q '^spoils   xl says nothing: ' out
}
xl_of_junk() {
	mv bin/xl bin/xl.kept
	file bin/xl '#!/bin/sh
cat "$0.junk"'
	chmod +x bin/xl
	junk 100000 >bin/xl.junk
	in_form xen
	mv bin/xl.kept bin/xl
}
here_is_in_form() { in_form / 1; }
pipes_are_no_files() {
	mkdir -p pipes/proc
	mkfifo pipes/proc/cmdline pipes/proc/stat pipes/proc/meminfo
	doctor 0 --seconds 0 --root pipes
}
refuses() {
	word=$1
	shift
	doctor 100 "$@"
	[ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] && grep -q "$word" err
}
full_is_an_error() {
	status=0
	"$xlab" doctor --json --seconds 0 --root native >/dev/full 2>err || status=$?
	[ "$status" -eq 111 ] && [ "$(wc -l <err)" -eq 1 ]
}

check 'a native machine, as delivered' native_is_told
check 'a native machine, tuned' tuned_is_well
check 'a Xen host' xen_is_told
check 'facts of a native machine have their form' in_form native
check 'facts of a Xen host have their form, and are all there' xen_facts_are_whole
check 'an xl that says nothing spoils' mute_xl_spoils
check 'an xl of junk is no harm' xl_of_junk
check 'pipes in its place are not waited for' pipes_are_no_files
check 'this machine, and its noise, have their form' here_is_in_form
check 'no such folder' refuses 'No such file' --root nowhere
check 'no number' refuses 'takes a number' --seconds soon
check 'too long' refuses 'takes a number' --seconds 3601
check 'words' refuses 'takes no words' extra
check 'a full disk' full_is_an_error
echo "1..$n"
exit "$failed"
