#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab cfg convert and lint: what they print and where, how they end, and that an output is replaced
# whole or not at all. TAP.
set -eu

xlab=$PWD/build/host/xlab
golden=$PWD/tests/golden/convert
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"
cp "$golden/lab-hvm.cfg" hvm.cfg
cp "$golden/small-pvh.cfg" pvh.cfg
printf 'name = "a"\ntype = "hvm"\nmemory = 64\nserial = "pty"\ndisk = [ "phy:/a,hda,w" ]\n' >good.cfg
printf 'name = "a"\nmemory = 64M\n' >syntax.cfg
printf 'name = "a"\ntype = "vmx"\n' >type.cfg
printf 'name = "a"\r\n' >crlf.cfg
head -c 262145 /dev/zero | tr '\0' '\n' >long.cfg
junk 4096 >junk.cfg

# refused STATUS WORD ARG...: xlab cfg ARG... exits with STATUS and one line on stderr that has WORD.
refused() {
	want=$1 word=$2 status=0
	shift 2
	"$xlab" cfg "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr && [ ! -s stdout ]
}

bad() { check "$*" refused "$@"; }

bad 100 'render, convert or lint' frobnicate
bad 100 'needs --to MODE' convert hvm.cfg
bad 100 'needs --to MODE' convert --to pv
bad 100 'one FILE' convert --to pv hvm.cfg pvh.cfg
bad 100 'no mode' convert --to vmx hvm.cfg
bad 100 'no mode' convert --to native hvm.cfg
bad 100 'see xlab cfg convert --help' convert --frobnicate
bad 100 'json needs --out' convert --to pv --json --kernel /k hvm.cfg
bad 100 'json needs --out' convert --to pv --json --out - --kernel /k hvm.cfg
bad 100 'nowhere.cfg: No such file' convert --to pv nowhere.cfg
bad 100 'directory' convert --to pv .
bad 100 'line 4: .*--kernel PATH gives one for pv' convert --to pv hvm.cfg
bad 100 'a quote' convert --to pv --kernel 'a"b' good.cfg
bad 100 'partitions' convert --to hvm "$golden/tools-pv.cfg"
bad 100 'syntax.cfg:2:12: a capital letter' convert --to pv syntax.cfg
bad 100 'line 2: type is neither' convert --to pv type.cfg
bad 100 'crlf.cfg:1:11: a carriage return' convert --to pv crlf.cfg
bad 100 '256 KiB' convert --to pv long.cfg
bad 100 'junk.cfg:' convert --to pv junk.cfg
bad 100 'nowhere/o: No such file' convert --to pvh --kernel /k --out nowhere/o good.cfg
bad 111 'No space' convert --to pvh --kernel /k --out /dev/full good.cfg
bad 100 'needs a FILE' lint
bad 100 'no mode' lint --mode vmx good.cfg
bad 100 'nowhere.cfg: No such file' lint nowhere.cfg
mkfifo fifo
bad 100 'fifo' lint fifo

# Nothing but the new config on stdout, nothing but what changed on stderr.
to_stdout() {
	"$xlab" cfg convert --to pv --kernel /boot/vmlinuz-lab "$@" hvm.cfg >got 2>said
	cmp got "$golden/lab-hvm.cfg.to-pv" && grep -q '^xlab: hvm.cfg:5: builder: now type' said &&
		! grep -v '^xlab: hvm.cfg[:0-9]*: [a-z_]*: ' said
}

to_file() {
	cp hvm.cfg new.cfg
	ln new.cfg old.cfg
	"$xlab" cfg convert --to pv --kernel /boot/vmlinuz-lab --out new.cfg hvm.cfg 2>said
	cmp new.cfg "$golden/lab-hvm.cfg.to-pv" && cmp old.cfg hvm.cfg && [ "$(find . -name 'new.cfg*')" = ./new.cfg ]
}

in_place() {
	cp hvm.cfg self.cfg
	chmod 600 self.cfg
	"$xlab" cfg convert --to pvh --kernel /k --out self.cfg self.cfg 2>said
	"$xlab" cfg convert --to hvm --out self.cfg self.cfg 2>said
	"$xlab" cfg convert --to pvhvm --out self.cfg self.cfg 2>said
	[ "$(stat -c %a self.cfg)" = 600 ]
	cmp self.cfg hvm.cfg && grep -q 'taken back' said
}

# By way of another mode it is the same as directly, and the kernel need not be said again.
by_the_way() {
	"$xlab" cfg convert --to pv --kernel /k --cmdline 'root=/dev/xvda1' --out way.cfg hvm.cfg 2>said
	"$xlab" cfg convert --to pvh --out way.cfg way.cfg 2>said
	"$xlab" cfg convert --to pvh --kernel /k --cmdline 'root=/dev/xvda1' hvm.cfg >direct 2>said
	cmp way.cfg direct
}

# What is the file's own may have quotes: it is no option.
quotes() {
	printf '%s\n' 'name = "q"' 'type = "pv"' "kernel = '/k'" "cmdline = 'root=/dev/xvda1 dyndbg=\"file a +p\"'" 'disk = [ "/a,raw,xvda,rw" ]' >quotes.cfg
	for mode in pvh pvhvm; do
		"$xlab" cfg convert --to $mode --out there quotes.cfg 2>said
		fails grep 'is not used' said
		"$xlab" cfg convert --to pv there 2>said | cmp - quotes.cfg
	done
	fails "$xlab" cfg convert --to pv --kernel /k --cmdline 'a="b"' hvm.cfg 2>said
	grep -q 'an option has a quote' said
}

refused_leaves() {
	cp hvm.cfg kept.cfg
	! "$xlab" cfg convert --to pv --out kept.cfg hvm.cfg && cmp kept.cfg hvm.cfg
}

as_json() {
	"$xlab" cfg convert --to pv --kernel /k --json --out new.cfg hvm.cfg >json 2>said
	[ ! -s said ] && python3 -c 'import json
j = json.load(open("json"))
assert j["to"] == "pv" and j["file"] == "hvm.cfg" and j["out"] == "new.cfg"
assert any(c["key"] == "disk" and c["line"] == 11 and "xvda" in c["what"] for c in j["changes"])'
}

check 'without --out the config is on stdout' to_stdout
check '--out - is stdout' to_stdout --out -
check '--out FILE is replaced, and not written into' to_file
check 'a file may be converted in place, comes back and keeps its mode' in_place
check 'by way of another mode' by_the_way
check 'a file with quotes in its parameters' quotes
check 'a refused one is left as it is' refused_leaves
check 'convert --json' as_json

# finds STATUS PATTERN ARG...: lint exits with STATUS, prints PATTERN and says nothing on stderr.
finds() {
	want=$1 pattern=$2 status=0
	shift 2
	"$xlab" cfg lint "$@" >found 2>said || status=$?
	cat found said
	[ "$status" -eq "$want" ] && grep -q -e "$pattern" found && [ ! -s said ]
}

silent() { "$xlab" cfg lint "$@" >found && [ ! -s found ]; }

lint_json() {
	fails "$xlab" cfg lint --json --mode pvh good.cfg syntax.cfg >json
	python3 -c 'import json
j = json.load(open("json"))
good, syntax = j["files"]
assert j["lint"] == 1 and not good["boots"] and good["modes"] == ["pvh"]
assert [f["stops"] for f in good["findings"] if f["key"] == "kernel"] == [["pvh"]]
f = syntax["findings"][0]
assert (f["line"], f["column"], f["key"]) == (2, 12, "syntax")'
}

check 'what stops other modes is said, and is no fault' finds 0 '^good.cfg: kernel: .* \[stops pv pvh\]$' good.cfg
check 'what stops the mode that is asked for is one' finds 100 '^good.cfg: kernel: .* \[stops pv\]$' --mode pv good.cfg
check 'and so is another type' finds 100 '^good.cfg:2: type: .*convert --to pv \[stops pv\]$' --mode pv good.cfg
check 'nothing stops it as pvhvm' silent --mode pvhvm good.cfg
check 'a note is no fault' finds 0 '^hvm.cfg:5: builder: is deprecated.* \[note\]$' hvm.cfg
check 'an error of syntax stops all modes' finds 100 '^syntax.cfg:2: syntax: column 12: .* \[stops pv pvh pvhvm hvm\]$' syntax.cfg
head -c 262145 /dev/zero | tr '\0' '\n' >large.cfg
check 'so does a size that xlab does not read' finds 100 '^large.cfg: syntax: larger than 256 KiB;' large.cfg
check 'several files' finds 100 '^syntax.cfg:2:' good.cfg syntax.cfg
check 'what is not printable does not come out' finds 100 '^junk.cfg:' junk.cfg
check 'lint --json' lint_json
check 'help of convert' sh -c "'$xlab' cfg convert --help | grep -q 'xlab cfg convert --to MODE'"
check 'help of lint' sh -c "'$xlab' cfg lint --help | grep -q 'xlab cfg lint'"
check 'help of cfg' sh -c "'$xlab' cfg --help | grep -q 'xlab cfg convert'"
echo "1..$n"
exit "$failed"
