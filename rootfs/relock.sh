#!/bin/sh
# SPDX-License-Identifier: ISC
#
# relock.sh [LOCK]: moves every pin of the lock file to the newest version of the same series that
# can be had from this machine's archives; the files go into the cache. Comments stay, and on
# failure the lock file stays as it was.
set -eu

lock=${1:-$(dirname "$0")/sources.lock}
die() { rm -f "$lock.new"; echo "relock.sh: $1" >&2; exit 111; }

here=$(dirname "$0")
# shellcheck source=rootfs/apt-private.sh
. "$here/apt-private.sh"

# move KIND PACKAGE VERSION SHA256: prints the line again, moved. An index may name what its archive
# does not have, so only a download counts.
move() {
	for version in $(apt_series "$1" "$2" "$3"); do
		sha256=$(apt_sha256 "$1" "$2" "$version")
		[ -n "$sha256" ] || continue
		pool_has "$sha256" || pool_add "$1" "$2" "$version" "$sha256" || continue
		[ "$version" = "$3" ] || echo "$2: $3 -> $version" >&2
		printf '%-8s %-26s %-34s %s\n' "$1" "$2" "$version" "$sha256"
		return
	done
	die "no $2 of the series of $3 can be had: is the network up?"
}

[ -r "$lock" ] || { echo "relock.sh: cannot read $lock" >&2; exit 100; }
apt_refresh
while IFS= read -r line; do
	case $line in
	"deb "* | "source "*)
		# shellcheck disable=SC2086 # four words
		move $line
		;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$lock" >"$lock.new"
mv "$lock.new" "$lock"
