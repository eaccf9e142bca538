#!/bin/sh
# SPDX-License-Identifier: ISC
#
# together.sh xenstore|ssh: two PV guests, each with a disk, clocks and a scheduler of its own, begin
# together, told in that way. In dom0; results are in /xlab/WAY/results.sqlite.
set -eu

way=$1 net=10.9.1
cd /tmp
export HOME=/tmp
[ -f two.img ] || cp /xlab/xlab.img two.img
[ -f key ] || dropbearkey -t ed25519 -f key >/dev/null 2>&1
dropbearkey -y -f key | grep '^ssh-' >key.pub
ip addr replace "$net.1/24" dev xenbr0

# describe NAME DISK NUMBER
describe() {
	sed '/^name/d; /^disk/d' /xlab/demo.domain
	printf '%s\n' "name = $1" "disk = $2"
	[ "$way" = xenstore ] || printf '%s\n' 'bridge = xenbr0' "mac = 00:16:3e:00:01:0$3" "network = eth0,$net.$3/24" \
		'ssh_keys = /tmp/key.pub'
}
describe one /tmp/xlab.img 2 >one.domain
describe two /tmp/two.img 3 >two.domain
/xlab/xlab run --mode pv --run "together-$way" --sync "$way" --ssh 'dbclient -y -y -i /tmp/key -l root' --out "/xlab/$way" \
	one.domain two.domain
