#!/bin/sh
# SPDX-License-Identifier: ISC
#
# xlab-net on real interfaces, with our BusyBox and its DHCP client in a root of their own; a real DHCP
# server sits at the other end of a wire, in another network namespace. TAP.
set -eu

if [ "${1:-}" != inside ]; then
	exec unshare --mount --net --map-root-user "$0" inside
fi

tmp=$(mktemp -d)
root=$tmp/root
# shellcheck source=tests/tap.sh
. "$PWD/tests/tap.sh"
logs=$tmp/log
peer='' server='' net=''

leave() {
	for pid in $net $server $peer; do
		kill "$pid" 2>/dev/null || true
	done
	wait
	umount "$root/sys" "$root/dev/null" 2>/dev/null || true
	rm -rf --one-file-system "$tmp"
}
trap leave EXIT

# within SECONDS COMMAND...: COMMAND succeeds before they are over.
within() {
	left=$(($1 * 20))
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.05
	done
}

# start SPEC...: xlab-net in the background, its messages in log, its readiness in ready.
start() {
	rm -f "$tmp/ready"
	XLAB_READY_FD=3 chroot "$root" /usr/bin/xlab-net "$@" 2>"$tmp/log" 3>"$tmp/ready" &
	net=$!
}

stop() {
	[ $# -eq 0 ] || kill -TERM "$net"
	status=0
	wait "$net" || status=$?
	net=
}

is_ready() { [ "$(wc -c <"$tmp/ready")" -eq 1 ]; }
has() { ip addr show dev "$1" | grep -qF "inet $2 "; }
has_route() { ip route | grep -q "^default via $1 dev $2"; }
resolves() { printf 'nameserver %s\n' "$@" | cmp -s - "$root/run/resolv.conf"; }
says() { grep -q "$1" "$tmp/log"; }
gone() { ! has "$@"; }
clients() { "$root/bin/busybox" pgrep -P "$net"; }
new_client() { c=$(clients) && [ "$c" != "$old" ]; }
exited() { [ "$status" -eq "$1" ]; }
there() { nsenter -t "$peer" -n "$@"; }
on_wire() { there "$root/bin/busybox" ping -q -c 1 -W 2 "$1" >/dev/null; }

# The image, as far as xlab-net sees it.
mkdir -p "$root/bin" "$root/usr/bin" "$root/usr/lib/xlab" "$root/run" "$root/sys" "$root/dev"
cp build/sysroot/busybox/busybox "$root/bin"
ln -s busybox "$root/bin/sh"
cp build/guest/xlab-net "$root/usr/bin"
cp rootfs/net/udhcpc "$root/usr/lib/xlab"
mount -t sysfs none "$root/sys"
: >"$root/dev/null"
mount --bind /dev/null "$root/dev/null"

# Two wires; the other ends are in a namespace of their own.
unshare --net sleep 600 &
peer=$!
other_namespace() { [ "$(readlink "/proc/$peer/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
within 5 other_namespace
for i in 0 1; do
	ip link add "eth$i" address "00:16:3e:00:00:0$i" type veth peer name "far$i" netns "$peer"
	there ip link set "far$i" up
done
there ip addr add 192.0.2.1/24 dev far0
there ip addr add 198.51.100.1/24 dev far1
cat >"$tmp/udhcpd.conf" <<END
start 198.51.100.50
end 198.51.100.50
interface far1
lease_file $tmp/leases
pidfile $tmp/udhcpd.pid
option subnet 255.255.255.0
option router 198.51.100.1 198.51.100.2
option dns 198.51.100.1 203.0.113.9 203.0.113.10
option domain \$(touch\${IFS}/run/owned);nameserver
option hostname \`touch\${IFS}/run/owned\`
option lease 600
END
: >"$tmp/leases"

start off
stop
check 'off: nothing to do' exited 0
check 'off: said to be ready' is_ready
start eth0,dhcp eth0,dhcp
stop
check 'two for one interface: refused' exited 100
check 'two for one interface: named' says "'eth0' has two"
XLAB_NET=eth9,10.0.0.300/8 start
stop
check 'the environment is read' says "XLAB_NET: '10.0.0.300/8'"

start eth0,192.0.2.10/24,gw=192.0.2.1,dns=192.0.2.1,dns=192.0.2.2
stop
check 'static: exit 0' exited 0
check 'static: ready' is_ready
check 'static: address' has eth0 192.0.2.10/24
check 'static: route' has_route 192.0.2.1 eth0
check 'static: name servers' resolves 192.0.2.1 192.0.2.2
check 'static: answers' on_wire 192.0.2.10
start 00:16:3E:00:00:00,192.0.2.11/24
stop
check 'by MAC address' has eth0 192.0.2.11/24
check 'what was there before is gone' gone eth0 192.0.2.10/24
start eth0,192.0.2.30/31,gw=192.0.2.31
stop
check 'two hosts, one wire' has_route 192.0.2.31 eth0
start eth0,192.0.2.12/24 00:16:3e:00:00:00,192.0.2.13/24
stop
check 'one interface under two names: refused' exited 111
check 'one interface under two names: the first stays' has eth0 192.0.2.12/24

start late0,192.0.2.14/24 eth0,192.0.2.15/24
check 'one is waited for, the other comes up' within 5 has eth0 192.0.2.15/24
check 'not ready while one is waited for' [ ! -s "$tmp/ready" ]
ip link add late0 type veth peer name late1
stop
check 'the late one comes up' has late0 192.0.2.14/24
check 'the late one: exit 0' exited 0
ip link del late0

start eth1,dhcp eth0,192.0.2.16/24 nowhere,dhcp
check 'no server: said' within 20 says 'eth1: no DHCP server has answered'
check 'no such interface: said' within 12 says 'nowhere: there is no such interface'
check 'the static one is up all the same' has eth0 192.0.2.16/24
check 'no lease: not ready' [ ! -s "$tmp/ready" ]
there busybox udhcpd -f "$tmp/udhcpd.conf" >"$tmp/udhcpd.log" 2>&1 &
server=$!
check 'dhcp: ready' within 20 is_ready
check 'dhcp: address' has eth1 198.51.100.50/24
check 'dhcp: route' has_route 198.51.100.1 eth1
check 'dhcp: two name servers at the most' resolves 198.51.100.1 203.0.113.9
check 'dhcp: answers' on_wire 198.51.100.50
check 'dhcp: what the server sent was not run' [ ! -e "$root/run/owned" ]
leases=$(grep -c '' "$tmp/udhcpd.log" || true)
ip link set eth1 mtu 1400
old=$(clients)
kill -USR1 "$old"
renewed() { [ "$(grep -c '' "$tmp/udhcpd.log")" -gt "$leases" ]; }
check 'dhcp: renewed' within 5 renewed
check 'dhcp: the address stays' has eth1 198.51.100.50/24
kill -KILL "$old"
check 'dhcp: a dead client is replaced' within 10 new_client
check 'dhcp: and said so' says 'eth1: the DHCP client ended with signal 9'
check 'dhcp: has its lease again' within 10 has eth1 198.51.100.50/24
old=$(clients)
stop TERM
check 'SIGTERM: the lease is given back' gone eth1 198.51.100.50/24
check 'SIGTERM: the client is gone' [ ! -e "/proc/$old" ]
echo "1..$n"
exit "$failed"
