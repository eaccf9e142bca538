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

# A folder over packages, and a program of it that removes one of them.
added() {
	mkdir -p tree-one/opt
	cat >tree-one/opt/setup <<'EOT'
#!/bin/sh
set -e
[ "$(id -u)" -eq 0 ]
[ -d /proc/self ]
zip --version >/dev/null
dpkg --purge zip >/dev/null
echo made >/opt/made
mv /opt/setup /opt/ran
EOT
	chmod 755 tree-one/opt/setup
	(
		umask 002
		mkdir copy
		cp -R tree-one copy
		chmod g+s copy/tree-one/opt
		touch -d 2001-01-01 copy/tree-one/opt/setup
		"$xlab" payload build tools --packages zip --add copy/tree-one --run /opt/setup --out added-two
	)
	"$xlab" payload build tools --packages zip --add tree-one --run /opt/setup --out added-one
	cmp added-one added-two
	fsck.erofs --extract=added added-one >/dev/null
	[ "$(cat added/opt/made)" = made ]
	[ "$(stat -c %a added/opt/ran)" = 755 ]
	fails test -e added/usr/bin/zip
	"$xlab" payload inspect added-one >text
	grep -qx 'ran       /opt/setup' text
	grep -qxE 'added     [0-9a-f]{64}' text
	grep -q ' libbz2-1.0 ' text
	fails grep -q ' zip ' text
}

add_fails() {
	printf '#!/bin/sh\necho "E: setup: no luck"\nexit 1\n' >tree-one/opt/setup
	status=0
	"$xlab" payload build never --packages zip --add tree-one --run /opt/setup --out never 2>said || status=$?
	cat said
	[ "$status" -eq 111 ]
	[ "$(wc -l <said)" -eq 1 ]
	grep -q 'payload never: setup: no luck' said
	set -- never*
	[ "$*" = 'never*' ]
}

# Trees with what starts them, in the default packages, on their own paths and with their links as they are.
licensed() {
	mkdir -p jbb
	for file in jbb.jar check.jar SPECjbb.props; do echo "$file" >"jbb/$file"; done
	ln -s ./jbb.jar jbb/link
	ln jbb/jbb.jar jbb/twin
	"$xlab" workload spec-jbb --tree jbb --out jbb.payload
	fsck.erofs --extract=licensed jbb.payload >/dev/null
	diff -r --no-dereference jbb licensed/spec-jbb/tree
	"$xlab" workload check licensed/workloads/spec-jbb
	[ -x licensed/spec-jbb/run ]
	[ -x "licensed$(readlink licensed/etc/alternatives/java)" ]
	"$xlab" payload inspect jbb.payload | grep -qxE 'added     [0-9a-f]{64}'
}

check 'the same packages, the same bytes' same_bytes
check 'the manifest is true' manifest_is_true
check 'what is left out' left_out
check 'a package that does not exist' refused 'no-such-package' zip,no-such-package
check 'a version that does not exist' refused "'0.0' for 'zip'" zip=0.0
check 'a folder over packages, and a program of its own' added
check 'one that fails' add_fails
check 'a licensed tree over packages' licensed
echo "1..$n"
exit "$failed"
