#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Bad input: every command answers with one line and exit 100 or 111, and leaves nothing half-written
# under a final name. Runs in a mount namespace of its own, with a file system of 64 KiB to fill. TAP.
set -eu

if [ "${1:-}" != inside ]; then
	exec unshare --mount --map-root-user "$0" inside
fi

xlab=$PWD/build/host/xlab
image=$PWD/build/image/xlab.img
desc=$PWD/xen-configs/demo.domain
grub=$PWD/build/sysroot/grub/i386-pc
tmp=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
trap 'umount "$tmp/full" 2>/dev/null || true; rm -rf "$tmp"' EXIT
mkdir "$tmp/full"
mount -t tmpfs -o size=64k none "$tmp/full"
cd "$tmp"
junk 65536 >junk
head -c 40000 "$image" >short.img
printf 'name = a\ndisk = %s\nmemroy = 1\n' "$image" >typo.domain
printf 'name = a\ndisk = nowhere.img\n' >nodisk.domain

# refused STATUS WORD ARG...: xlab ARG... must exit with STATUS and one line on stderr that has WORD.
refused() {
	want=$1 word=$2 status=0
	shift 2
	"$xlab" "$@" >stdout 2>stderr </dev/null || status=$?
	sed 's/^/# /' stderr
	if [ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr; then
		verdict ok "xlab $*"
	else
		verdict bad "xlab $* (exit $status)"
	fi
}

refused 100 'no such command' frobnicate
export SOURCE_DATE_EPOCH=12x
refused 100 'is not a number of seconds' image build --list x --grub y --out o
refused 100 'is not a number of seconds' image wrap --out o volume
refused 100 'is not a number of seconds' payload build a --from .
unset SOURCE_DATE_EPOCH
refused 100 'needs --out DIR' cfg render "$desc"
refused 100 'no mode' cfg render --mode vmx --out o "$desc"
refused 100 'nowhere.domain: No such file' cfg render --out o nowhere.domain
refused 100 "typo.domain: line 3: .*memroy" cfg render --out o typo.domain
refused 100 'nowhere.img: No such file' cfg render --out o nodisk.domain
cp "$image" disk.img
ln disk.img twin.img
: >scratch.img
# described NAME LINE...: writes NAME.domain with those lines.
described() {
	file=$1.domain
	shift
	printf '%s\n' 'name = a' 'disk = disk.img' "$@" >"$file"
}
described nobridge 'mac = 00:16:3e:00:00:01'
described network 'network = eth0,dhcp eth0,dhcp'
described noscratch 'scratch = nowhere.img'
described twin 'scratch = twin.img'
described folder 'scratch = .'
described nokeys 'ssh_keys = nowhere.pub'
described badkeys 'ssh_keys = esc.pub'
described longkeys 'ssh_keys = long.pub'
described good 'bridge = br0' 'network = eth0,dhcp' 'ssh_keys = good.pub' 'scratch = scratch.img'
head -c 1901 /dev/zero | tr '\0' k >long.pub
echo 'ssh-ed25519 AAAA me' >good.pub
printf 'ssh-rsa \033[2J\n' >esc.pub
refused 100 "'mac' needs 'bridge'" cfg render --out o nobridge.domain
refused 100 "'eth0' has two" cfg render --out o network.domain
refused 100 'nowhere.img: No such file' cfg render --out o noscratch.domain
refused 100 'the disk itself' cfg render --out o twin.domain
refused 100 'a file or a block device' cfg render --out o folder.domain
refused 100 'nowhere.pub: No such file' cfg render --out o nokeys.domain
refused 100 'printable' cfg render --out o badkeys.domain
refused 100 'longer than' cfg render --out o longkeys.domain
if "$xlab" cfg render --mode pv --out good good.domain >stdout && grep -q 'vif = ' good/pv.cfg &&
	grep -q "vdev=xvdb,access=rw,target=$tmp/scratch.img" good/pv.cfg; then
	verdict ok 'a card and a scratch disk'
else
	verdict bad 'a card and a scratch disk'
fi
# warned WANT LINE...: of a guest described so, "cfg render" says on stderr what begins with WANT, or nothing.
warned() {
	want=$1
	shift
	described warned "$@"
	"$xlab" cfg render --mode pv --out warned warned.domain 2>stderr && cat stderr &&
		case $want in '') [ ! -s stderr ] ;; *) [ "$(wc -l <stderr)" -eq 1 ] && grep -q "$want" stderr ;; esac
}
mke2fs -q -t ext4 -L xlab-scratch bare.fs 8M >/dev/null
mke2fs -q -t ext4 -O mmp -L xlab-scratch mmp.fs 8M >/dev/null
check 'a scratch disk without mmp: a warning' warned 'bare.fs: ext4 without mmp' 'scratch = bare.fs'
check 'one with mmp: none' warned '' 'scratch = mmp.fs'
check 'one without a file system: none' warned '' 'scratch = scratch.img'
# alone: while a native guest, of which QEMU is a script here, has a scratch disk, no other guest gets it.
alone() {
	ln mmp.fs hard.fs
	described first 'scratch = mmp.fs'
	described second 'scratch = hard.fs'
	mkdir bin
	cat >bin/qemu-system-x86_64 <<-END
		#!/bin/sh
		PATH=/nowhere
		"$xlab" run --mode native --out second second.domain 2>second.said
		echo \$? >second.status
	END
	chmod +x bin/qemu-system-x86_64
	fails env PATH="$tmp/bin:$PATH" "$xlab" run --mode native --out first first.domain
	cat second.said second.status
	[ "$(cat second.status)" -eq 100 ]
	grep -q 'hard.fs: in use by another xlab$' second.said
}
check 'a scratch disk is one guest'"'"'s, natively too' alone
rm -rf bin first second first.domain second.domain second.said second.status hard.fs
rm -r good warned disk.img twin.img scratch.img bare.fs mmp.fs
refused 100 'not an image' cfg render --disk junk --out o "$desc"
refused 100 'not an image' cfg render --disk short.img --out o "$desc"
refused 100 'not a domain' cfg render --out o junk
refused 111 'No space' cfg render --disk "$image" --out full/o "$desc"
refused 100 'needs one DISK' start
refused 100 'needs --mode' start "$image"
refused 100 'mode takes' start "$image" --mode native
refused 100 'boot takes' start "$image" --mode pv --boot lilo
refused 100 'no key' start "$image" --mode pv --set memroy=1
refused 100 'KEY=VALUE' start "$image" --mode pv --set memory
refused 100 "memory '1' " start "$image" --mode pv --set memory=1
refused 100 'line break' start "$image" --mode pv --set "bridge=a
b"
refused 100 "name '../x' " start "$image" --mode pv --name ../x
refused 100 "'mac' needs" start "$image" --mode pv --set mac=00:16:3e:00:00:01
refused 100 'nowhere.domain: No such file' start --description nowhere.domain --mode pv
refused 100 'nowhere.cfg: No such file' start nowhere.cfg
: >a.cfg
refused 100 'only --paused' start a.cfg --mode pv
refused 100 'needs Xen' start a.cfg
refused 100 'needs Xen' start "$image" --mode pv
refused 100 'needs the NAME' stop
refused 100 'wait takes' stop --wait soon a
refused 100 'needs Xen' stop a
refused 100 'no words' list extra
refused 100 'needs Xen' list
refused 100 'needs the NAME' console
refused 100 'needs Xen' console a
refused 100 'needs Xen' run --mode pv --disk "$image" --out o "$desc"
refused 100 'not a store' run --disk "$image" --store junk --out o "$desc"
refused 111 'cannot reach xenstore' collect --store s.sqlite
refused 100 'takes no arguments' collect extra
refused 100 'needs --run' collect --serial -
refused 100 'nowhere/s.sqlite: No such file' collect --store nowhere/s.sqlite
head -c 65536 /dev/zero 2>/dev/null >full/filler || true
refused 111 'No space' collect --store full/s.sqlite
refused 100 'needs one STORE' report
refused 100 'nowhere.sqlite: No such file' report nowhere.sqlite
refused 100 'not a store' report junk
refused 100 's.sqlite: no run at all' report s.sqlite
refused 100 'no run nobody' report --run nobody s.sqlite
refused 100 'needs DISK' image inspect
refused 100 'nowhere.img: No such file' image inspect nowhere.img
refused 100 'not an image' image inspect junk
: >empty.img
refused 100 'not an image' image inspect empty.img
echo tiny >tiny.img
refused 100 'not an image' image inspect tiny.img
refused 100 'not an image' cfg render --disk tiny.img --out o "$desc"
refused 100 ' \.: Is a directory' image inspect .
refused 100 'not an image' image inspect short.img
refused 100 'cannot copy /no/such of .*: No such file' image extract "$image" /no/such out
refused 111 'No space' image extract "$image" /boot/vmlinuz full/vmlinuz
refused 100 'nowhere.list: No such file' image build --list nowhere.list --grub g --out o.img
for verb in image\ build image\ inspect image\ size image\ extract image\ lint image\ adopt image\ install image\ wrap \
	payload\ build payload\ inspect; do
	# shellcheck disable=SC2086
	refused 100 "xlab: $verb: --frobnicate: no such option (see xlab $verb --help)" $verb --frobnicate
	# shellcheck disable=SC2086
	check "xlab $verb --help" "$xlab" $verb --help
done
printf 'dir dev 0755\n' >bad.list
refused 100 'bad.list: line 1: ' image build --list bad.list --grub g --out o.img
printf 'file /x 0644 nowhere\n' >bad.list
refused 100 'nowhere: No such file' image build --list bad.list --grub g --out o.img
printf 'dir %s 0755\n' /usr /usr/share /usr/share/xlab >good.list
refused 100 'nowhere: No such file' image build --list good.list --grub nowhere --out o.img
refused 111 'No space' image build --list good.list --grub nowhere --out full/o.img
for path in // /usr/ //a /usr/./a /usr/../a /. /..; do
	echo "file $path 0644 good.list" >bad.list
	refused 100 'bad.list: line 1: has a path' image build --list bad.list --grub nowhere --out o.img
done
for twice in "file /a 0644 good.list" "link /a nowhere" "dir /a 0755"; do
	printf 'file /a 0644 bad.list\n%s\n' "$twice" >bad.list
	refused 100 '/a (.*File exists' image build --list good.list --list bad.list --grub "$grub" --out o.img
done
printf 'file /a 0644 %s\n' "$image" >bad.list
refused 100 '/a (.*No space' image build --list good.list --list bad.list --grub "$grub" --out o.img --size 16
echo 'file /a 0644 fifo' >bad.list
mkfifo fifo
refused 100 ' fifo: Invalid argument' image build --list bad.list --grub nowhere --out o.img
refused 100 ' fifo: Invalid argument' image build --list good.list --tools fifo --grub "$grub" --out o.img
refused 100 '--size takes 4 to' image build --list good.list --grub g --out o.img --size 1
refused 100 '--size takes 4 to' image build --list good.list --grub g --out o.img --size $(((1 << 32) + 32))

refused 100 "'x' is neither" collect --serial - --run r --workload w --size quick --image 0 --network eth0,x
refused 100 'quick or ref' collect --serial - --run r --workload w --size huge --image 0
refused 100 'a SHA-256' collect --serial - --run r --workload w --size quick --image xlab.img
refused 100 'nowhere.pub: No such file' collect --serial - --run r --workload w --size quick --image 0 --ssh-keys nowhere.pub

refused 100 'not an image' image inspect fifo
refused 100 ' fifo: Invalid argument' report fifo
refused 100 ' fifo: Invalid argument' image size --budget fifo "$image"
refused 100 ' fifo: Invalid argument' cfg render --out o fifo
refused 100 'no name' collect --serial - --run "$(printf 'a\033b')" --workload w --size quick --image 0
ln -s /proc/self/fd/1 link
if "$xlab" image extract "$image" /boot/cmdline link | grep -q root= && [ -L link ]; then
	verdict ok 'a link to an output is written through'
else
	verdict bad 'a link to an output is written through'
fi

# Names that work files could have, and somebody else's things behind them.
echo mine >victim
ln -s victim copied.new
ln -s victim kept.img.new
ln -s victim kept.img.manifest
refused 100 'nowhere: No such file' image build --list good.list --grub nowhere --out kept.img
"$xlab" image extract "$image" /boot/cmdline copied
if [ "$(cat victim)" = mine ] && [ -L copied.new ] && [ -L kept.img.new ] && [ -L kept.img.manifest ] && [ ! -L copied ]; then
	verdict ok 'names like those of work files belong to others'
else
	verdict bad 'names like those of work files belong to others'
fi
rm copied.new kept.img.new kept.img.manifest

# What is printed onto a full disk is lost, and that is said.
printf 'quick = true\n' >fine
printf 'name = a\ndisk = %s\nworkloads = a\n' "$image" >fine.plan
lost() {
	status=0
	"$xlab" "$@" >/dev/full 2>stderr </dev/null || status=$?
	sed 's/^/# /' stderr
	if [ "$status" -eq 111 ] && [ "$(cat stderr)" = 'xlab: stdout: No space left on device' ]; then
		verdict ok "xlab $* onto a full disk"
	else
		verdict bad "xlab $* onto a full disk (exit $status)"
	fi
}
lost --help
lost workload --help
lost workload check fine
lost run --dry-run fine.plan

left=$(find . -name '*.img' ! -name short.img ! -name empty.img ! -name tiny.img -o -name '*.new' -o -name vmlinuz -size 0 -o -path './full/*' -name '*.cfg')
if [ -z "$left" ]; then
	verdict ok 'nothing half-written is left'
else
	verdict bad "left behind: $left"
fi
echo "1..$n"
exit "$failed"
