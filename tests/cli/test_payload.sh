#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab payload of folders: the same bytes whoever builds it where and when, what it refuses and in which
# words, and that nothing is left behind. Payloads of packages are in tests/xen/test_payload.sh. TAP.
set -eu

xlab=$PWD/build/host/xlab
image=$PWD/build/image/xlab.img
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
cd "$tmp"
mkdir -p tree/bin tree/etc 'tree/a b'
echo 'echo hello' >tree/bin/hello
seq 30000 >'tree/a b/numbers'
: >tree/etc/empty
ln -s ../bin/hello tree/etc/link
ln tree/etc/empty tree/etc/twin
chmod 755 tree/bin/hello
junk 65536 >junk
mkdir fifo own link file
mkfifo fifo/f fifo1
mkdir own/.xlab
ln -s / link/proc
: >file/tmp

# refused STATUS WORD ARG...: xlab ARG... exits with STATUS and one line on stderr that has WORD, and
# leaves no more files than there were.
refused() {
	want=$1 word=$2 status=0
	shift 2
	ls -A >before
	"$xlab" "$@" >stdout 2>stderr </dev/null || status=$?
	cat stderr
	ls -A >after
	[ "$status" -eq "$want" ] && [ "$(wc -l <stderr)" -eq 1 ] && grep -q -e "$word" stderr &&
		[ ! -s stdout ] && cmp before after
}

bad() { check "$*" refused "$@"; }

: >before; : >after; : >stdout; : >stderr; : >tap

same_bytes() {
	"$xlab" payload build demo --from tree --out one
	(
		umask 002
		mkdir other
		cp -R --preserve=links tree 'other/tree 2'
		chmod -R g+w,g-s other
		umask 077
		touch -d 2001-01-01 'other/tree 2/bin/hello'
		cd other
		unshare --map-user=1234 --map-group=1234 "$xlab" payload build demo --from 'tree 2'
	)
	cmp one other/demo.payload
}

other_bytes() {
	"$xlab" payload build other --from tree --out two
	! cmp -s one two
}

extracted() {
	fsck.erofs --extract=extracted one >/dev/null
	rm -rf extracted/.xlab extracted/dev extracted/proc extracted/run extracted/scratch extracted/sys \
		extracted/tmp extracted/var
	diff -r --no-dereference tree extracted
	[ -x extracted/bin/hello ] && [ ! -x extracted/etc/empty ]
}

places() {
	fsck.erofs --extract=places one >/dev/null
	for folder in dev proc run scratch sys tmp var/tmp; do [ -d "places/$folder" ] || return; done
}

inspected() {
	"$xlab" payload inspect one >text
	grep -qx 'name      demo' text
	grep -qx 'from      a folder' text
	grep -qx "bytes     $(stat -c %s one)" text
	"$xlab" payload inspect --json one >json
	python3 -c 'import json
m = json.load(open("json"))
assert sorted(m) == ["bytes", "epoch", "from", "name", "uuid"], m
assert m["name"] == "demo" and m["from"] == "folder" and m["epoch"] == 1767225600, m'
}

old_stays() {
	cp one old
	refused 100 fifo payload build demo --from fifo --out old
	cmp one old
	"$xlab" payload build other --from tree --out old
	cmp two old
}

# A copy that does not end, until it has begun.
interrupted() {
	mkdir slow
	printf '#!/bin/sh\n: >%s/begun\nexec sleep 600\n' "$tmp" >slow/cp
	chmod 755 slow/cp
	PATH=$tmp/slow:$PATH "$xlab" payload build demo --from tree --out never 2>said &
	pid=$! end=$(($(date +%s) + 60))
	until [ -e begun ]; do [ "$(date +%s)" -lt "$end" ] || return 1; done
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	cat said
	[ "$status" -eq 111 ]
	grep -q interrupted said
	[ "$(wc -l <said)" -eq 1 ]
	set -- never*
	[ "$*" = 'never*' ]
}

no_room() {
	unshare --mount --map-root-user sh -euc 'mkdir full && mount -t tmpfs -o size=64k none full
		status=0
		"$1" payload build demo --from tree --out full/demo 2>said || status=$?
		cat said
		[ "$status" -eq 111 ] && [ "$(wc -l <said)" -eq 1 ] && [ -z "$(ls -A full)" ]' sh "$xlab"
}

bad 100 'build or inspect' payload
bad 100 'build or inspect' payload frobnicate
bad 100 'one NAME' payload build
bad 100 'one NAME' payload build a b --from tree
bad 100 '--packages or --from' payload build demo
bad 100 '--packages or --from' payload build demo --from tree --packages ab
bad 100 'no such option' payload build demo --form tree
for name in '' Demo demo.1 a_b ../demo a/b abcdefghij-123456; do
	bad 100 '1 to 16 characters' payload build --from tree -- "$name"
done
bad 100 '1 to 16 characters' payload build --from tree -- -demo
for list in '' ',' a 'ab,' 'ab,,cd' 'ab cd' /etc/passwd '?essential' ab=; do
	bad 100 'names of Debian packages' payload build demo --packages "$list"
done
bad 100 'nowhere: No such file' payload build demo --from nowhere
bad 100 'are for --packages' payload build demo --from tree --add tree
bad 100 'are for --packages' payload build demo --from tree --run /bin/hello
bad 100 '--packages or --from' payload build demo --add tree
for path in '' bin/hello / '/bin/hello x' '/bin/$x' "/b'"; do
	bad 100 'path of a program' payload build demo --packages ab --run "$path"
done
bad 100 'nowhere: No such file' payload build demo --packages ab --add nowhere
bad 100 'Not a directory' payload build demo --packages ab --add junk
bad 100 'fifo/f: neither file' payload build demo --packages ab --add fifo
bad 100 'in the folder that it is made of' payload build demo --packages ab --add tree --out tree/demo
bad 100 'Not a directory' payload build demo --from junk
bad 100 'fifo/f: neither file' payload build demo --from fifo
bad 100 'where the manifest goes' payload build demo --from own
bad 100 'link/proc: must be a folder' payload build demo --from link
bad 100 'file/tmp: must be a folder' payload build demo --from file
bad 100 'in the folder that it is made of' payload build demo --from tree --out tree/demo
bad 100 'in the folder that it is made of' payload build demo --from .
bad 100 'nowhere/demo: No such file' payload build demo --from tree --out nowhere/demo
bad 100 'is not a file' payload build demo --from tree --out tree
bad 100 'is not a file' payload build demo --from tree --out /dev/null
SOURCE_DATE_EPOCH=soon bad 100 'SOURCE_DATE_EPOCH' payload build demo --from tree
check 'no room: nothing is left' no_room
check 'interrupted: nothing is left' interrupted

check 'the same bytes from another folder, umask, time and user' same_bytes
check 'another name, other bytes' other_bytes
check 'what went in comes out' extracted
check 'it has all that is mounted on' places
check 'inspect' inspected
check 'an older file stays until the new one is whole' old_stays

cp one damaged
printf x | dd of=damaged bs=1 seek=9000 conv=notrunc 2>/dev/null
head -c 8192 one >short
mkfs.erofs --quiet -T0 other.erofs tree
bad 100 'one FILE' payload inspect
bad 100 'one FILE' payload inspect one two
bad 100 'nowhere: No such file' payload inspect nowhere
bad 100 'directory' payload inspect tree
bad 100 'not a payload' payload inspect junk
bad 100 'not a payload' payload inspect fifo1
bad 100 'not a payload' payload inspect /dev/null
bad 100 'not a payload' payload inspect short
bad 100 'not a payload' payload inspect other.erofs
bad 100 'not a payload' payload inspect "$image"
bad 100 'is damaged' payload inspect damaged

# The name is in the superblock alone, the manifest has another.
renamed() {
	python3 - <<'EOT' || return 1
data = bytearray(open("one", "rb").read())
at = data.index(b"demo\0", 1024, 1152)
data[at:at + 4] = b"dem0"
open("renamed", "wb").write(data)
EOT
	refused 100 'not a payload' payload inspect renamed && refused 100 'not a payload' payload inspect --json renamed
}
check 'refused: one with another name than its manifest has' renamed

# described NAME LINE...: writes NAME.domain with those lines.
described() {
	file=$1.domain
	shift
	printf '%s\n' 'name = a' "disk = $image" "$@" >"$file"
}
: >scratch.img
"$xlab" payload build three --from tree --out three
cp one copy
described nowhere 'payload = nowhere'
described junk 'payload = junk'
described nameless 'payload = other.erofs'
described twins 'payload = one' 'payload = copy'
described twice 'payload = two' 'payload = one' 'payload = two'
described many 'payload = one' 'payload = two' 'payload = three' 'scratch = scratch.img'
described fits 'payload = one' 'payload = two' 'scratch = scratch.img'
mkdir o
bad 100 'nowhere: No such file' cfg render --out o nowhere.domain
bad 100 'junk: not a payload' cfg render --out o junk.domain
bad 100 'other.erofs: not a payload' cfg render --out o nameless.domain
bad 100 'copy: another payload of this guest is named demo' cfg render --out o twins.domain
bad 100 'two: another payload of this guest is named other' cfg render --out o twice.domain
bad 100 'hvm: has room for 2 payload disks in this guest, not 3' cfg render --mode hvm --out o many.domain
rendered() {
	"$xlab" cfg render --out o fits.domain &&
		grep -q "vdev=hdd,access=rw,target=$tmp/two'" o/hvm.cfg &&
		grep -q "vdev=xvde,access=ro,target=$tmp/one'" o/pv.cfg &&
		"$xlab" cfg render --out o --mode pvhvm many.domain &&
		grep -q "vdev=xvdg,access=ro,target=$tmp/three'" o/pvhvm.cfg
}
check 'a guest has them' rendered
echo "1..$n"
exit "$failed"
