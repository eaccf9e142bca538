#!/bin/sh
# SPDX-License-Identifier: ISC
#
# payload-mode.sh MODE: a guest with a scratch disk and two payloads: where they are mounted, that they
# cannot be written, and in a PV guest nginx in one of them. A PVH guest has a third, with Java, which
# compiles and runs a program from another one. In dom0.
set -eu
# shellcheck source=tests/xen/init-guest.sh
. /xlab/init-guest.sh

case $1 in hvm) first=sdc second=sdd ;; *) first=xvde second=xvdf ;; esac

ssh_is_open() { ssh_in true -i key; }

# says WORD COMMAND: the command succeeds in the guest, and prints a line with WORD.
says() {
	said=$(ssh_in "$2" -i key) || fail "$2: $said $(cat ssh.err)"
	printf '%s\n' "$said" | grep -q -e "$1" || fail "$2: $said"
}

guest_set "payload-$1" "$1"
truncate -s 8M scratch.img
printf '%s\n' 'scratch = /tmp/scratch.img' 'payload = /tmp/sum' 'payload = /tmp/web' >>"$name.domain"
if [ "$mode" = pvh ]; then
	sed -i 's/^memory .*/memory = 384/' "$name.domain"
	echo 'payload = /var/tmp/java' >>"$name.domain"
fi
/xlab/xlab cfg render --mode "$mode" --out "$name" "$name.domain" >/dev/null
guest_boot
within 60 ssh_is_open || fail "ssh: not let in: $(cat ssh.err)"

begin "mounts"
says "^/dev/$first /run/payload/sum erofs ro," 'cat /proc/mounts'
says "^/dev/$second /run/payload/web erofs ro," 'cat /proc/mounts'
says 'class Sum' 'cat /payload/sum/Sum.java'
says refused "dd if=/dev/zero of=/dev/$first bs=512 count=1 || echo refused"
done_in

if [ "$mode" = pv ]; then
	begin "nginx"
	says '<h1>Welcome to nginx!</h1>' 'xlab-run-in web sh -ec "
		echo \"events {} http { server { root /var/www/html; index index.nginx-debian.html; } }\" >/tmp/conf
		nginx -c /tmp/conf" && wget -q -O - http://127.0.0.1/'
	done_in
fi

# Page faults, of which a JVM has many, cost a PVH guest little more than a native one; a PV guest ten times.
if [ "$mode" = pvh ]; then
	ssh_seconds=300
	begin "java -version"
	says '^/dev/xvdg /run/payload/java erofs ro,' 'cat /proc/mounts'
	says 'OpenJDK Runtime Environment' 'xlab-run-in java java -version 2>&1'
	done_in
	begin "java, compiled and run"
	says '^sum 1999999$' 'xlab-run-in java java --source 17 /dev/stdin </payload/sum/Sum.java'
	done_in
fi

begin "xl shutdown"
xl shutdown "$name" >/dev/null
within 120 guest_is_gone || fail "still there after xl shutdown"
done_in
busybox cmp /tmp/sum /xlab/sum || fail "the payload is not what it was"
