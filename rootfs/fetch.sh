#!/bin/sh
# SPDX-License-Identifier: ISC
#
# fetch.sh PACKAGE DIR: puts the files of PACKAGE, as pinned in sources.lock, into the folder DIR,
# verified, and writes what was used into DIR/USED. Files once fetched are kept in the cache under
# their hash, so the second time needs no network.
#
# A pin that no archive has any more is replaced by the newest version of its series that can be
# had, and USED says replaced=yes; with STRICT=1 that is an error. A wrong hash always is one.
# SOURCES_LOCK names another lock file.
set -eu

die() { echo "fetch.sh: $1" >&2; exit 111; }

here=$(dirname "$0")
# shellcheck source=rootfs/apt-private.sh
. "$here/apt-private.sh"
lock=${SOURCES_LOCK:-$here/sources.lock}

# Gets what takes the place of the pin, and sets version and sha256 to it.
replace() {
	[ "${STRICT:-0}" != 1 ] || die "$package $pinned cannot be had, and STRICT=1 wants no other"
	rm -f "$apt/fresh"
	apt_refresh
	for version in $(apt_series "$kind" "$package" "$pinned"); do
		sha256=$(apt_sha256 "$kind" "$package" "$version")
		[ -n "$sha256" ] || continue
		pool_has "$sha256" || pool_add "$kind" "$package" "$version" "$sha256" || continue
		echo "fetch.sh: NOTICE: $package $pinned cannot be had: using $version instead" >&2
		replaced=yes
		return
	done
	die "$package $pinned cannot be had, nor another of its series: is the network up?"
}

[ $# -eq 2 ] || { echo "usage: fetch.sh PACKAGE DIR" >&2; exit 100; }
dir=$2
pin=$(awk -v p="$1" '($1 == "deb" || $1 == "source") && $2 == p' "$lock")
[ -n "$pin" ] || { echo "fetch.sh: no package $1 in $lock" >&2; exit 100; }
read -r kind package pinned sha256 <<EOT
$pin
EOT
version=$pinned replaced=no

mkdir -p "$cache/tmp" "$dir"
if ! pool_has "$sha256"; then
	exec 8>"$cache/tmp/fetch.lock"
	flock 8
	pool_has "$sha256" || {
		apt_refresh
		pool_add "$kind" "$package" "$version" "$sha256" || replace
	}
fi
cp "$cache/pool/$sha256"/* "$dir"
cat >"$dir/USED" <<EOT
package=$package
kind=$kind
version=$version
sha256=$sha256
pinned=$pinned
replaced=$replaced
EOT
