#!/bin/sh
# cache.sh NAME OUT INPUT... -- COMMAND [ARG...]
#
# Makes OUT a symbolic link to a folder that holds what COMMAND builds, and builds it only when
# nobody has built it from the same inputs before. COMMAND is called with one more argument, an
# empty folder to fill. The key is a hash of the command's words and of every INPUT: a file counts
# with its content, "text:WORDS" with the words. Builds of one NAME wait for each other; a build that
# fails leaves nothing behind but its log, build/log/NAME.log.
set -eu

# On a terminal: how long it has taken so far.
tick() {
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		printf '\r  BUILD   %s %d s' "$name" $(($(date +%s) - start)) >&2
	done
}

usage() { echo "usage: cache.sh NAME OUT INPUT... -- COMMAND [ARG...]" >&2; exit 100; }

[ $# -ge 4 ] || usage
name=$1 out=$2
shift 2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/xlab
mkdir -p "$cache/tmp" "$(dirname "$out")" build/log
inputs=$(mktemp "$cache/tmp/$name.XXXXXX")
tmp='' ticker=''
trap 'rm -rf "$inputs" $tmp; [ -z "$ticker" ] || kill "$ticker" 2>/dev/null || true' EXIT
trap 'exit 111' HUP INT TERM

while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
	text:*) printf '%s\n' "$1" ;;
	*) sha256sum <"$1" ;;
	esac
	shift
done >>"$inputs"
[ $# -ge 2 ] || usage
shift
printf '%s\n' "$@" >>"$inputs"
key=$(sha256sum <"$inputs" | cut -c1-16)
dir=$cache/$name-$key

exec 9>"$cache/tmp/$name.lock"
flock 9
if [ ! -d "$dir" ]; then
	start=$(date +%s)
	log=$PWD/build/log/$name.log
	echo "  BUILD   $name (log: build/log/$name.log)"
	tmp=$(mktemp -d "$cache/tmp/$name.XXXXXX")
	if [ -t 2 ]; then
		tick 9>&- &
		ticker=$!
	fi
	if ! "$@" "$tmp" >"$log" 2>&1 9>&-; then
		tail -n 20 "$log" >&2
		echo "cache.sh: cannot build $name: see $log" >&2
		exit 111
	fi
	chmod 755 "$tmp"
	mv "$tmp" "$dir"
	tmp=
	[ -z "$ticker" ] || { kill "$ticker"; ticker=''; printf '\r' >&2; }
	echo "  BUILT   $name in $(($(date +%s) - start)) s"
fi
ln -sfn "$dir" "$out"
