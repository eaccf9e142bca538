#!/bin/sh
# SPDX-License-Identifier: ISC
#
# adopt.sh INIT STEP: one step with a disk of the Debian with that init. In dom0, which has the disk on
# a file system of its own (docs/testbed.md). The steps, in this order:
#
#   copy        bring it there
#   installed   it boots as an HVM guest without PV drivers, as it was installed, with a login on ttyS0
#   rootless    as a PV guest it finds no root
#   adopted     bring the adopted one there, and the configs that adopt wrote
#   pvh, pv-pygrub and so on
#               it boots with the config of that name, with a login on hvc0
set -eu

init=$1 step=$2
name=debian-$init-$step
dir=/var/tmp/adopt
disk=$dir/disk.img
export HOME=/root

now() { date +%s; }

fail() {
	echo "$name: $*"
	xl list
	tail -n 40 "/var/log/xen/console/guest-$name.log"
	exit 1
} >&2

# within SECONDS COMMAND...: COMMAND succeeds before they are over.
within() {
	within_end=$(($(now) + $1))
	shift
	until "$@"; do
		[ "$(now)" -lt "$within_end" ] || return 1
		sleep 0.5
	done
}

guest_is_gone() { ! xl domid "$name" >/dev/null 2>&1; }

guest_end() {
	guest_is_gone && return
	xl destroy "$name"
	within 60 guest_is_gone
}

# boot CONFIG VERB [TYPE DISK]: creates the guest and checks its console (adopt-console.exp).
boot() {
	config=$1
	shift
	trap guest_end EXIT
	start=$(now)
	xl create -q "$config" "name=\"$name\""
	echo "# $name: created after $(($(now) - start)) s"
	/xlab/adopt-console.exp "$1" "$name" "${2:-}" "${3:-}" || fail "console: $1"
	echo "# $name: checked after $(($(now) - start)) s"
}

shut_down() {
	xl shutdown "$name" >/dev/null
	within 300 guest_is_gone || fail "still there after xl shutdown"
	echo "# $name: gone after $(($(now) - start)) s"
}

# As what, and from which disk.
boots_in_mode() {
	boot "$dir/$step.cfg" hvc0 "$1" "$2"
	shut_down
}

by_hand() {
	printf '%s\n' 'memory = 256' 'vcpus = 1' \
		"disk = [ 'format=raw,vdev=$1,access=rw,target=$disk' ]" >"$dir/$name.cfg"
	cat >>"$dir/$name.cfg"
}

case $step in
copy)
	mkdir -p $dir
	cp --sparse=always "/xlab/disk.img" "$disk"
	;;
installed)
	# The BIOS reads IDE disks word by word, each an exit: GRUB would take minutes for kernel and initramfs.
	by_hand hda <<-EOT
		type = "hvm"
		hdtype = "ahci"
		xen_platform_pci = 0
		serial = "pty"
	EOT
	boot "$dir/$name.cfg" serial
	shut_down
	;;
rootless)
	# Its own menu has the serial port for console, which a PV guest has not: it would say nothing.
	by_hand xvda <<-EOT
		type = "pv"
		bootloader = "pygrub"
		extra = "console=hvc0"
	EOT
	boot "$dir/$name.cfg" rootless
	;;
adopted)
	cp --sparse=always /xlab/adopted.img "$disk"
	for config in /xlab/configs/*.cfg; do
		sed -e "s|target=[^']*|target=$disk|" -e 's|"[^"]*/configs/|"/xlab/configs/|' \
			"$config" >"$dir/$(basename "$config")"
	done
	;;
pv | pv-pygrub) boots_in_mode PV xvda ;;
pvh | pvh-pygrub) boots_in_mode PVH xvda ;;
pvhvm) boots_in_mode HVM xvda ;;
hvm) boots_in_mode HVM sda ;;
*) fail "no such step" ;;
esac
