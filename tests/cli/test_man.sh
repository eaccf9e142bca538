#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The manual pages: their form, and that their lists are those of the code. TAP.
set -eu

man=docs/man
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"

# The text of a page, a paragraph a line.
page() { mandoc -T ascii -O width=1000 "$man/$1" 2>/dev/null | sed "s/.$(printf '\b')//g"; }

# between FIRST LAST FILE: the lines from the first pattern to the next that has the last.
between() { awk -v from="$1" -v to="$2" 'on && $0 ~ to { exit } on { print } $0 ~ from { on = 1 }' "$3"; }

# quoted N: the Nth word in double quotes of each row that begins with "{" or "X(".
quoted() { tr -d '\\\n' | grep -oE '(X\([A-Z]+,|\{)[[:space:]]*"[^"]*"(,[[:space:]]*"[^"]*")?' | cut -d '"' -f "$1"; }

# Whether the two lists in $tmp are the same and have something in them.
same() { [ -s "$tmp/code" ] && diff "$tmp/code" "$tmp/page"; }

# mandoc knows only the manuals that this machine has.
lint() { mandoc -T lint -W warning "$1" && ! mandoc -T lint "$1" | grep -v 'referenced manual not found'; }

names_itself() { grep -qx ".Dt $(basename "$1" ".${1##*.}" | tr "[:lower:]" "[:upper:]") ${1##*.}" "$1"; }

refers() {
	sed -n 's/^\.Xr \(xlab-[a-z]*\) \([1578]\).*/\1.\2/p' "$man"/* | sort -u | while read -r file; do
		[ -s "$man/$file" ] || { echo "no $file" && exit 1; }
	done
}

parameters() {
	between '^#define PARAMS' '^$' init/param.h >"$tmp/rows"
	quoted 2 <"$tmp/rows" >"$tmp/names"
	quoted 4 <"$tmp/rows" | sed 's/./=&/' | paste -d '\0' "$tmp/names" - | sort >"$tmp/code"
	page xlab-init.8 | sed -n 's/^ *xlab\.\([a-z]*\(=[^ ]*\)\{0,1\}\)\( .*\)*$/\1/p' | sort >"$tmp/page"
	same
}

keys() {
	between '^} keys\[\]' '^};' init/conf.c | quoted 2 | sort >"$tmp/code"
	sed -n 's/^\.It Cm \([a-z-]*\) =.*/\1/p' "$man"/xlab-services.5 | sort >"$tmp/page"
	same
}

workload_keys() {
	between '^} keys\[\]' '^};' guest-tools/lib/workload.c | quoted 2 | sort >"$tmp/code"
	sed -n 's/^\.It Cm \([a-z0-9_]*\) =.*/\1/p' "$man"/xlab-workload.5 | sort >"$tmp/page"
	same
}

plan_keys() {
	between '^} keys\[\]' '^};' host/plan.c | sed -n 's/^\t{ \.key = "\([a-z_]*\)".*/\1/p' | sort >"$tmp/code"
	sed -n 's/^\.It Cm \([a-z_]*\) =.*/\1/p' "$man"/xlab-plan.5 | sort >"$tmp/page"
	same
}

limits() {
	between '} limits\[\]' '};' init/conf.c | quoted 2 | sort >"$tmp/code"
	between '^\.Ss Limits' '^\.S' "$man"/xlab-services.5 | sed -n 's/^\.It Cm //p' | sort >"$tmp/page"
	same
}

states() {
	between '^#define SUP_STATES' '^$' init/sup.h | quoted 2 | sort >"$tmp/code"
	between '^\.Sh STATES' '^\.S' "$man"/xlab-ctl.8 | sed -n 's/^\.It Cm //p' | sort >"$tmp/page"
	same
}

# Numbers, and what is filled in, are the same to both.
warnings() {
	sed -n 's/.*klog(KLOG_WARN, \(\(LOAD_DIR \)\{0,1\}"[^"]*"\( [A-Z_]* "[^"]*"\)*\).*/\1/p' init/*.c |
		sed 's|"* *LOAD_DIR "|/etc/xlab/services.d|; s|" PATH "|/dev/watchdog|; s/"//g; s/%[a-z]/*/g; s/[0-9][0-9]*/*/g' |
		sort -u >"$tmp/code"
	between '^\.Sh DIAGNOSTICS' '^\.Sh' "$man"/xlab-init.8 |
		sed -n 's/\<[A-Z][A-Z]*\>/*/g; s/[0-9][0-9]*/*/g; s/^\.It //p' | sort -u >"$tmp/page"
	[ -s "$tmp/code" ] && ! comm -23 "$tmp/code" "$tmp/page" | grep .
}

# synopsis PROGRAM: what it says of itself is what its page says.
synopsis() {
	"build/guest/$1" --help | sed -n 's/^usage: //p' | sed 's/\([^ ]\)\.\.\./\1 .../' >"$tmp/code"
	page "$1.8" >"$tmp/text"
	between '^SYNOPSIS' '^DESCRIPTION' "$tmp/text" | sed 's/^ *//' | grep . >"$tmp/page"
	same
}

# host_synopsis COMMAND SECTION: the same of a command of xlab, whose usage has a line for each of its words.
host_synopsis() {
	build/host/xlab "$1" --help | awk '/^$/ { exit } { sub(/^usage:/, "      "); further = /^        /; sub(/^ */, "") }
		further { line = line " " $0; next }
		line { print line }
		{ line = $0 }
		END { print line }' >"$tmp/code"
	page "xlab-$1.$2" >"$tmp/text"
	between '^SYNOPSIS' '^DESCRIPTION' "$tmp/text" | sed 's/^ *//' | grep . >"$tmp/page"
	same
}

# A path may stand beside others in one item.
protocol_keys() {
	build/test/protocol_tables | sed -n 's/^| `\(data\/\)\{0,1\}\(xlab\/[^`]*\)`.*/\1\2/p' | sed 's/NN/00/' | sort >"$tmp/code"
	sed -n 's/^\.It Pa //p' "$man/xlab-protocol.7" | sed 's/ No to .*//; s/ , /\n/g' | sort >"$tmp/page"
	same
}

rules() {
	sed -n 's/^	{ "\([a-z-]*\)", .*/\1/p' host/lint_rules.c >"$tmp/code"
	between '^\.Ss Rules' '^\.El' "$man"/xlab-image-lint.1 | sed -n 's/^\.It Li //p' >"$tmp/page"
	same
}

doctor_rules() {
	sed -n 's/^	{ "\([a-z0-9-]*\)", look_.*/\1/p' host/doctor_rules.c >"$tmp/code"
	between '^\.Ss Findings' '^\.El' "$man"/xlab-doctor.1 | sed -n 's/^\.It Li //p' >"$tmp/page"
	same
}

# Names and limits.
noise_flags() {
	between '^#define FACTS_FLAGS' '^$' host/facts.h |
		sed -n 's/^	X(\([a-z0-9_]*\), \(-*[0-9.]*\), .*/\1 \2/p' | sed 's/ 0$//' >"$tmp/code"
	between '^\.Ss Noise' '^\.El' "$man"/xlab-doctor.1 | sed -n 's/^\.It Li //p' >"$tmp/page"
	same
}

for file in "$man"/*; do
	name=$(basename "$file")
	check "$name is sound" lint "$file"
	check "$name has its own name" names_itself "$file"
done
check 'every page that is referred to is there' refers
check 'xlab-init.8 has the parameters of init/param.h' parameters
check 'xlab-init.8 has the warnings of init' warnings
check 'xlab-services.5 has the keys of init/conf.c' keys
check 'xlab-workload.5 has the keys of guest-tools/lib/workload.c' workload_keys
check 'xlab-plan.5 has the keys of host/plan.c' plan_keys
check 'xlab-services.5 has the limits of init/conf.c' limits
check 'xlab-image-lint.1 has the rules of host/lint_rules.c' rules
check 'xlab-doctor.1 has the rules of host/doctor_rules.c' doctor_rules
check 'xlab-doctor.1 has the flags of host/facts.h' noise_flags
check 'xlab-ctl.8 has the states of init/sup.h' states
check 'xlab-ctl.8 has the synopsis of xlab-ctl' synopsis xlab-ctl
check 'xlab-image.1 has the synopsis of xlab image' host_synopsis image 1
check 'xlab-collect.8 has the synopsis of xlab collect' host_synopsis collect 8
check 'xlab-doctor.1 has the synopsis of xlab doctor' host_synopsis doctor 1
check 'xlab-native.1 has the synopsis of xlab native' host_synopsis native 1
check 'xlab-export.1 has the synopsis of xlab export' host_synopsis export 1
check 'xlab-import.1 has the synopsis of xlab import' host_synopsis import 1
check 'xlab-report.1 has the synopsis of xlab report' host_synopsis report 1
check 'xlab-run.1 has the synopsis of xlab run' host_synopsis run 1
check 'xlab-workload.1 has the synopsis of xlab workload' host_synopsis workload 1
check 'xlab-protocol.7 has the keys of proto.h' protocol_keys
check 'xlab-net.8 has the synopsis of xlab-net' synopsis xlab-net
check 'xlab-work.8 has the synopsis of xlab-work' synopsis xlab-work
echo "1..$n"
exit "$failed"
