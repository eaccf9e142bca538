#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab payload of packages: the same bytes twice, what is in them, and what is said of packages that do
# not exist. TAP.
set -eu

xlab=$PWD/build/host/xlab
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"

# refused WORD PACKAGES
refused() {
	status=0
	"$xlab" payload build web --packages "$2" 2>said || status=$?
	cat said
	[ "$status" -eq 100 ]
	[ "$(wc -l <said)" -eq 1 ]
	grep -q "$1" said
	set -- web*
	[ "$*" = 'web*' ]
}

# One of them with a path that is none for a shell, and a umask that hides all.
same_bytes() {
	mkdir 'an other'
	"$xlab" payload build web --packages nginx --out one &
	(umask 077 && cd 'an other' && "$xlab" payload build web --packages nginx)
	wait $!
	cmp one 'an other/web.payload'
}

manifest_is_true() {
	"$xlab" payload inspect --json one >manifest
	python3 -c 'import json, re
m = json.load(open("manifest"))
assert m["asked"] == ["nginx"], m["asked"]
have = {p["package"]: p for p in m["packages"]}
assert len(have) == len(m["packages"]) > 20
for name in ("nginx", "nginx-common", "libc6", "dash"):
    assert re.fullmatch("[0-9a-f]{64}", have[name]["sha256"]), name'
	fsck.erofs --extract=tree one >/dev/null
	grep -c ^package tree/.xlab/manifest
	tree/usr/sbin/nginx -v
}

# What tells of this machine or of the moment, and what nobody reads in a guest.
left_out() {
	for path in etc/machine-id etc/hostname etc/apt var/lib/dpkg var/lib/apt usr/share/man usr/share/locale; do
		[ ! -e "tree/$path" ] || { echo "$path"; return 1; }
	done
	[ "$(readlink tree/etc/resolv.conf)" = ../run/resolv.conf ]
	[ -s tree/usr/share/doc/nginx/copyright ]
	[ -z "$(find tree/usr/share/doc -type f ! -name copyright)" ]
	[ -z "$(find tree/dev tree/proc tree/sys tree/run tree/tmp -mindepth 1)" ]
	[ -z "$(find tree/var/log tree/var/cache -type f)" ]
	[ -d tree/var/log/nginx ]
}

check 'the same packages, the same bytes' same_bytes
check 'the manifest is true' manifest_is_true
check 'what is left out' left_out
check 'a package that does not exist' refused 'no-such-package' zip,no-such-package
check 'a version that does not exist' refused "'0.0' for 'zip'" zip=0.0
echo "1..$n"
exit "$failed"
