#!/bin/sh
# SPDX-License-Identifier: ISC
#
# repro.sh [all]: builds what tests/repro/artefacts names twice, from copies of this tree, and compares the
# bytes. The two builds differ in folder, time, user, host name, umask, HOME, language, time zone, number
# of jobs, and in the compiler of xlab itself. What takes long comes from the cache; with `all` each build
# has a cache of its own with nothing but the sources in it. TAP; differences are shown by diffoscope.
set -eu

work=build/repro
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xlab
all=${1:-}
case $all in '' | all) ;; *) echo "usage: repro.sh [all]" >&2; exit 100 ;; esac
# What the cache holds is the same file for both.
rows() { awk -v all="$all" '!/^#/ && (all || $1 !~ "^build/sysroot/")' tests/repro/artefacts; }
goals=$(rows | awk '{ print $2 }')

rm -rf "$work"
mkdir -p "$work/locale" "$cache/pool" build/log
work=$(cd "$work" && pwd)
localedef -i tr_TR -f UTF-8 "$work/locale/tr_TR.UTF-8"

# copy DIR: this tree without what was built.
copy() {
	mkdir -p "$1/home" "$1/xlab"
	tar -c --exclude=./build --exclude=./.git . |
		tar -x --no-same-owner --no-same-permissions -C "$1/xlab"
	if [ "$all" ]; then
		mkdir -p "$1/cache/xlab"
		ln -s "$cache/pool" "$1/cache/xlab/pool"
	else
		ln -s "$(dirname "$cache")" "$1/cache"
	fi
}

# build N DIR COMMAND...: builds DIR/xlab with COMMAND, which ends in make and its options.
build() {
	log=build/log/repro-$1.log dir=$2
	shift 2
	# The goals are words.
	# shellcheck disable=SC2086
	(cd "$dir/xlab" && exec env -i PATH="$PATH" HOME="$dir/home" XDG_CACHE_HOME="$dir/cache" "$@" $goals) \
		>"$log" 2>&1 || { tail -n 20 "$log" >&2; echo "repro.sh: cannot build: see $log" >&2; exit 111; }
}

first=$work/1 second=$work/a-second-folder/with-a-longer-name
(
	umask 022
	copy "$first"
	build 1 "$first" LC_ALL=C TZ=UTC OMP_NUM_THREADS=2 make -j1
)
(
	umask 077
	copy "$second"
	# User namespaces give another user, and the right to name the host, without any privilege.
	# shellcheck disable=SC2016
	build 2 "$second" LC_ALL=tr_TR.UTF-8 LOCPATH="$work/locale" TZ=Pacific/Kiritimati OMP_NUM_THREADS=3 \
		USER=daemon LOGNAME=daemon unshare --user --map-root-user --uts \
		sh -c 'echo elsewhere >/proc/sys/kernel/hostname; exec "$@"' sh \
		unshare --user --map-user=1 --map-group=1 env LD_PRELOAD="$PWD/build/test/repro/clock.so" make -j3 HOST_CC=clang
)

# sum ARTEFACT: its hash, or nothing if there is no such file, or no file in the folder.
sum() {
	if [ -d "$1" ]; then
		list=$(cd "$1" && find -H . -type f | LC_ALL=C sort | xargs -r sha256sum)
	else
		list=$(sha256sum <"$1") || return 0
		list=${list%% *}
	fi
	case $list in
	*' '*) printf '%s\n' "$list" | sha256sum | cut -c1-64 ;;
	*) echo "$list" ;;
	esac
}

# show ARTEFACT: how the two differ.
show() {
	host/deps.sh diffoscope-minimal >&2
	timeout -k 10 600 diffoscope --text - "$(realpath "$first/xlab/$1")" "$(realpath "$second/xlab/$1")" | head -n 200
}

n=0 failed=0
for artefact in $(rows | awk '{ print $1 }'); do
	n=$((n + 1))
	one=$(sum "$first/xlab/$artefact") two=$(sum "$second/xlab/$artefact")
	if [ -n "$one" ] && [ "$one" = "$two" ]; then
		echo "ok $n - $artefact is the same: $one"
	else
		show "$artefact" | sed 's/^/# /'
		echo "not ok $n - $artefact differs: $one $two"
		failed=1
	fi
done
echo "1..$n"
[ "$failed" -ne 0 ] || rm -rf "$work"
exit "$failed"
