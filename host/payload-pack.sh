#!/bin/sh
# SPDX-License-Identifier: ISC
#
# payload-pack.sh ROOT: the last step of mmdebstrap for `xlab payload build`, which holds this text and
# runs it as a hook: makes of the system in ROOT the file ROOT/xlab.erofs. What is made anew by each
# installation, or tells of the machine, is left out: the same packages give the same bytes.
#
# PAYLOAD_HEAD begins the manifest. What changed after PAYLOAD_START gets the time SOURCE_DATE_EPOCH,
# and what came as it is from a package keeps its own: programs compare them (Python's and Java's).
set -eu
umask 022

# The packages in ROOT with the hashes that the signed lists give.
packages() {
	dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Package}=${Version}\n' |
		APT_CONFIG=$MMDEBSTRAP_APT_CONFIG xargs apt-cache show |
		awk '/^(Package|Version|Architecture|SHA256): / { is[$1] = $2 }
			!NF && "SHA256:" in is {
				print "package", is["Package:"], is["Version:"], is["Architecture:"], is["SHA256:"]
			}
			!NF { split("", is) }' | LC_ALL=C sort -u
}

work=$(mktemp -d "$1.XXXXXX")
trap 'umount "$work/root" 2>/dev/null || true; rm -rf "$work"' EXIT
packages "$1" >"$work/packages"
[ "$(wc -l <"$work/packages")" -eq "$(dpkg-query --admindir="$1/var/lib/dpkg" -W | wc -l)" ] ||
	{ echo "E: not every package is in the archives' lists" >&2; exit 1; }

# Seen from here nothing is mounted on ROOT's /proc, /dev and /sys.
mkdir "$work/root"
mount --bind "$1" "$work/root"
cd "$work/root"
mkdir -p .xlab dev proc run scratch sys tmp var/tmp
{ printf '%s\n' "$PAYLOAD_HEAD"; cat "$work/packages"; } >.xlab/manifest

rm -rf var/lib/apt var/lib/dpkg var/cache/apt var/log/apt var/backups etc/apt etc/*- etc/.pwd.lock \
	etc/machine-id etc/hostname etc/resolv.conf etc/ssl/certs/java/cacerts \
	usr/share/man usr/share/info usr/share/locale usr/share/lintian usr/share/bug usr/share/doc-base
find var/cache var/log -type f -delete
find usr/share/doc ! -type d ! -name copyright -delete
find usr/share/doc -depth -type d -empty -delete
ln -s ../run/resolv.conf etc/resolv.conf
[ -e etc/hosts ] || printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' >etc/hosts

cd "$work"
find root -xdev -newermt "@$PAYLOAD_START" -exec touch -hcd "@$SOURCE_DATE_EPOCH" {} +
mkfs.erofs --quiet -x-1 "-T$SOURCE_DATE_EPOCH" --preserve-mtime \
	--exclude-regex='^(dev|proc|run|sys|tmp|var/tmp)/' img root
mv img "$1/xlab.erofs"
