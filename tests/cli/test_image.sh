#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What the image must be: its sizes, its form, the same bytes twice, and a manifest that is true. TAP.
set -eu

xlab=build/host/xlab
image=build/image/xlab.img
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"

extract() { "$xlab" image extract "$image" "$1" "$tmp/$2"; }
at_most() { [ "$(stat -c %s "$1")" -le "$2" ]; }
static() { file "$1" | grep -q 'statically linked'; }
manifest() {
	extract /usr/share/xlab/manifest.json manifest
	"$xlab" image inspect --json "$image" >"$tmp/printed"
	echo >>"$tmp/manifest"
	cmp "$tmp/manifest" "$tmp/printed"
}
clean() { e2fsck -fn "$image?offset=1048576"; }
one_partition() { [ "$(fdisk -l "$image" | grep -c "^$image.*Linux$")" -eq 1 ]; }
same_line() { extract /boot/cmdline cmdline && extract /boot/grub/grub.cfg grub.cfg && grep -qF "$(cat "$tmp/cmdline")" "$tmp/grub.cfg"; }
again() { make -s image IMAGE="$tmp/again.img" && cmp "$image" "$tmp/again.img"; }
hash_is_true() {
	extract "$1" file
	grep -B 3 -A 3 "\"file\": \"$1\"" "$tmp/manifest" | grep -q "$(sha256sum <"$tmp/file" | cut -c1-64)"
}
licensed() { for name in xlab linux busybox dropbear libxenstore grub musl; do extract "/usr/share/licenses/$name" l; [ -s "$tmp/l" ]; done; }

# What is asked for at build. The list of it is put back, or the next make would make every image again.
asked=$tmp/asked.img
as_asked() {
	"$PWD/build/sysroot/dropbear/dropbearmulti" dropbearkey -t ed25519 -f "$tmp/key"
	echo 'ssh-ed25519 AAAA lab' >"$tmp/lab.pub"
	cp -p build/image/asked.list "$tmp/asked.list"
	make -s image IMAGE="$asked" CONSOLE=locked SSH_HOST_KEY="$tmp/key" AUTHORIZED_KEYS="$tmp/lab.pub"
	cp -p "$tmp/asked.list" build/image/asked.list
	"$xlab" image inspect "$asked"
}

# tree IMAGE: what is in it, in $tmp/tree.
tree() { rm -rf "$tmp/tree" && mkdir "$tmp/tree" && debugfs -R "rdump / $tmp/tree" "$1?offset=1048576"; }

# mode IMAGE PATH WANT: a file of root's, with that mode.
mode() { debugfs -R "stat $2" "$1?offset=1048576" | tr -s ' ' >"$tmp/stat" && grep "Mode: $3 " "$tmp/stat" && grep 'User: 0 Group: 0 ' "$tmp/stat"; }
on_consoles() { (cd "$tmp/tree/etc/xlab/services.d" && grep -lE '^type[[:space:]]*=[[:space:]]*console' -- *) || true; }
shell_on_consoles() { tree "$image" && [ "$(on_consoles)" = shell ]; }
nothing_on_consoles() { tree "$asked" && [ -s "$tmp/tree/etc/xlab/services.d/agent" ] && [ -z "$(on_consoles)" ]; }
no_passwords() {
	for i in "$image" "$asked"; do
		tree "$i"
		grep -q '^root:x:' "$tmp/tree/etc/passwd"
		fails grep -v '^[a-z]*:x:' "$tmp/tree/etc/passwd"
		grep -q '^root:\*:' "$tmp/tree/etc/shadow"
		fails grep -v '^[a-z]*:\*:' "$tmp/tree/etc/shadow"
		mode "$i" /etc/shadow 0600
	done
}
given() { "$xlab" image extract "$asked" "$1" "$tmp/given" && cmp "$tmp/given" "$2" && mode "$asked" "$1" 0600; }
nothing_given() { tree "$image" && [ ! -e "$tmp/tree/etc/xlab/ssh_host_key" ] && [ ! -e "$tmp/tree/etc/xlab/authorized_keys" ]; }

# refused TEXT VARIABLE...: nothing is built, for that reason.
refused() {
	text=$1
	shift
	fails make -s -n image IMAGE="$tmp/refused.img" "$@" >"$tmp/err" 2>&1
	cat "$tmp/err"
	grep -qF "$text" "$tmp/err"
}

# boots IMAGE SCRATCH: the ssh service of two boots, and what it starts dropbear with: a line each, of arguments,
# mode and hash of the key. SCRATCH is no, yes or full.
boots() {
	tree "$1"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "$* $(stat -c %%a "$4") $(sha256sum <"$4")"\n' >"$tmp/tree/tmp/dropbear"
	chmod 755 "$tmp/tree/tmp/dropbear"
	# shellcheck disable=SC2016
	unshare --mount --map-root-user sh -euc '
		cd "$1"
		[ "$2" = no ] || mount -t tmpfs -o size=64k none scratch
		[ "$2" != full ] || head -c 65536 /dev/zero >scratch/full
		for boot in 1 2; do
			rm -rf run/ssh
			mkdir -m 700 run/ssh
			PATH=/tmp:/usr/sbin:/usr/bin:/sbin:/bin chroot . /usr/lib/xlab/ssh
		done' sh "$tmp/tree" "$2" >"$tmp/boots"
	cat "$tmp/boots"
	[ "$(wc -l <"$tmp/boots")" -eq 2 ]
}

# boots_with IMAGE SCRATCH PATH KEYS: with the key there, which nobody else may read; of KEYS different ones.
boots_with() {
	boots "$1" "$2"
	[ "$(grep -cE "^-F -E -r $3 600 [0-9a-f]{64} " "$tmp/boots")" -eq 2 ]
	[ "$(uniq "$tmp/boots" | wc -l)" -eq "$4" ]
}
boots_with_given() {
	boots_with "$asked" "$1" /etc/xlab/ssh_host_key 1
	grep -q " $(sha256sum <"$tmp/key" | cut -c1-64) " "$tmp/boots"
	cmp "$tmp/lab.pub" "$tmp/tree/run/ssh/authorized_keys"
}

check 'the disk is at most 32 MiB' at_most "$image" 33554432
check 'it has a manifest' manifest
check 'its file system is clean' clean
check 'it has one Linux partition' one_partition
check 'GRUB has the one kernel line' same_line
check 'xlab-init is under 64 KiB' at_most build/guest/xlab-init 65535
for file in /sbin/init /usr/bin/xlab-agent /usr/bin/xlab-bench /bin/busybox /usr/sbin/dropbear; do
	extract "$file" program
	check "$file is static" static "$tmp/program"
	check "the manifest is true of $file" hash_is_true "$file"
done
check 'the licences are in it' licensed
check 'built again it is the same' again

check 'an image is built as asked' as_asked
check 'there is a shell on the consoles' shell_on_consoles
check 'CONSOLE=locked leaves nothing on them' nothing_on_consoles
check 'no image has a password' no_passwords
check 'a given host key is in it, for root alone' given /etc/xlab/ssh_host_key "$tmp/key"
check 'so is who may log in' given /etc/xlab/authorized_keys "$tmp/lab.pub"
check 'without being asked for, neither is' nothing_given
check 'another word for CONSOLE is refused' refused 'neither shell nor locked' CONSOLE=open
check 'a host key that is not there is refused' refused "$tmp/nowhere: no such file" SSH_HOST_KEY="$tmp/nowhere"
check 'a host key for the flavour without ssh is refused' refused 'has no ssh' SSH_HOST_KEY="$tmp/key" FLAVOUR=minimal
check 'ssh takes the given host key' boots_with_given no
check 'it does beside a scratch disk too' boots_with_given yes
check 'one made on the scratch disk is kept' boots_with "$image" yes /scratch/ssh_host_key 1
check 'without a scratch disk each boot has another' boots_with "$image" no /run/ssh/host_key 2
check 'so it is when that disk is full' boots_with "$image" full /run/ssh/host_key 2
echo "1..$n"
exit "$failed"
