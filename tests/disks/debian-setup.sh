#!/bin/sh
# SPDX-License-Identifier: ISC
#
# debian-setup.sh ROOT: a hook of mmdebstrap(1): what the installer, or its user, would have
# configured. DISK_INIT and DISK_UUID say for which disk.
set -eu

root=$1

# The initramfs of a machine that was installed with "targeted" drivers: these are what MODULES=dep finds
# where the disk is one of IDE, or of AHCI; it cannot look here, for the build has no such disk.
make_initramfs() {
	policy=$root/etc/initramfs-tools/conf.d/driver-policy
	modules=$root/etc/initramfs-tools/modules
	cp "$modules" "$modules.orig"
	printf '%s\n' ata_generic ata_piix ahci sd_mod ext4 crc32c_generic >>"$modules"
	chroot "$root" update-initramfs -u
	mv "$modules.orig" "$modules"
	echo MODULES=dep >"$policy"
}

# grub-mkconfig asks grub-probe about the disk, and must hear of the one that is to be.
make_menu() {
	cat >>"$root/etc/default/grub" <<-EOT
		GRUB_TIMEOUT=1
		GRUB_CMDLINE_LINUX_DEFAULT="quiet"
		GRUB_CMDLINE_LINUX="console=ttyS0,115200"
		GRUB_TERMINAL=serial
		GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
	EOT
	case $DISK_INIT in
	sysvinit) echo GRUB_DISABLE_LINUX_UUID=true >>"$root/etc/default/grub" ;;
	systemd) mkdir -p "$root/dev/disk/by-uuid" && : >"$root/dev/disk/by-uuid/$DISK_UUID" ;;
	esac
	mkdir -p "$root/boot/grub/i386-pc"
	cp "$root"/usr/lib/grub/i386-pc/*.mod "$root"/usr/lib/grub/i386-pc/*.lst "$root/boot/grub/i386-pc"
	mv "$root/usr/sbin/grub-probe" "$root/usr/sbin/grub-probe.real"
	cat >"$root/usr/sbin/grub-probe" <<-EOT
		#!/bin/sh
		case "\$*" in
		*device*/boot*|*device*/) echo /dev/sda1 ;;
		*fs_uuid*) echo $DISK_UUID ;;
		*partuuid*) echo ;;
		*partmap*) echo msdos ;;
		*abstraction*) ;;
		*hints_string*) echo "--hint-bios=hd0,msdos1 --hint-efi=hd0,msdos1 --hint-baremetal=ahci0,msdos1" ;;
		*compatibility_hint*) echo hd0,msdos1 ;;
		*-t\ fs*|*target=fs*) echo ext2 ;;
		*) echo "grub-probe: \$*" >&2; exit 1 ;;
		esac
	EOT
	chmod 755 "$root/usr/sbin/grub-probe"
	chroot "$root" update-grub
	mv "$root/usr/sbin/grub-probe.real" "$root/usr/sbin/grub-probe"
	rm -rf "$root/dev/disk"
	chroot "$root" grub-mkimage -O i386-pc -p '(,msdos1)/boot/grub' -o /boot/grub/core.img \
		biosdisk part_msdos ext2
}

make_login() {
	chroot "$root" sh -eu -c 'usermod -p "$(perl -e "print crypt(q(xlab), q(\$6\$xlab\$))")" root'
	case $DISK_INIT in
	sysvinit)
		sed -i -e 's/^\([1-6]:.*getty\)/#\1/' \
			-e 's/^#T0:.*/T0:23:respawn:\/sbin\/getty -L ttyS0 115200 vt100/' "$root/etc/inittab"
		grep -q '^T0:23:respawn' "$root/etc/inittab"
		;;
	systemd)
		chroot "$root" systemctl enable serial-getty@ttyS0.service
		chroot "$root" systemctl mask getty@tty1.service
		;;
	esac
}

make_etc() {
	cat >"$root/etc/fstab" <<-EOT
		# <file system> <mount point> <type> <options> <dump> <pass>
		/dev/sda1 / ext4 errors=remount-ro 0 1
		/dev/sda2 none swap sw 0 0
	EOT
	echo "debian-$DISK_INIT" >"$root/etc/hostname"
	printf '127.0.0.1\tlocalhost\n127.0.1.1\tdebian-%s\n' "$DISK_INIT" >"$root/etc/hosts"
}

make_initramfs
make_menu
make_login
make_etc
chroot "$root" dpkg-query -W >"$root/packages"
