# SPDX-License-Identifier: ISC
#
# Small systems of other people for tests, to be read by a shell script: system INIT makes the folder
# root, disk NAME the disk of it. $kernel is a bzImage; $version what it calls itself.
# shellcheck shell=sh

# What initramfs-tools makes, as far as its form goes, packed with the rest of the arguments.
initramfs() {
	rm -rf ramfs
	mkdir -p ramfs/scripts ramfs/conf "ramfs/usr/lib/modules/$version/kernel/fs/ext4"
	ln -s usr/lib ramfs/lib
	: >ramfs/scripts/functions
	echo 'ext4' >ramfs/conf/modules
	echo ext4 >"ramfs/usr/lib/modules/$version/kernel/fs/ext4/ext4.ko"
	(cd ramfs && find . | LC_ALL=C sort | cpio -o -H newc 2>/dev/null) | "$@" >root/boot/initrd.img
}

modules() {
	dir=root/lib/modules/$version
	block=kernel/drivers/block ata=kernel/drivers/ata scsi=kernel/drivers/scsi
	mkdir -p "$dir/$block" "$dir/$ata" "$dir/$scsi"
	for m in $block/xen-blkfront $block/blkhelp $ata/ata_piix $ata/libata $scsi/sd_mod; do
		echo "module $m" >"$dir/$m.ko"
	done
	printf '%s.ko: %s.ko\n' $block/xen-blkfront $block/blkhelp $ata/ata_piix $ata/libata >"$dir/modules.dep"
	printf '%s.ko:\n' $block/blkhelp $scsi/sd_mod $ata/libata >>"$dir/modules.dep"
	echo 'binary' >"$dir/modules.dep.bin"
	{
		for o in XEN_NETDEV_FRONTEND HVC_XEN XEN_PVHVM; do echo "CONFIG_$o=y"; done
		for o in XEN_BLKDEV_FRONTEND ATA_PIIX BLK_DEV_SD EXT4_FS; do echo "CONFIG_$o=m"; done
	} >"root/boot/config-$version"
}

system() {
	rm -rf root
	mkdir -p root/boot/grub root/etc/default root/sbin root/etc/pam.d
	cp "$kernel" root/boot/vmlinuz
	modules
	initramfs gzip -9
	cat >root/boot/grub/grub.cfg <<'EOT'
set timeout=5
menuentry 'Debian' --class debian {
	set root='lvm/x'
	linux	/boot/vmlinuz root=/dev/sda1 ro console=tty0 quiet resume=/dev/sda5
	initrd	/boot/initrd.img
}
menuentry 'Debian (recovery)'{
	linux	/boot/vmlinuz root=/dev/sda1 ro single
}
EOT
	printf '# a table\n/dev/sda1\t/  ext4 errors=remount-ro 0 1\nproc /proc proc defaults 0 0\n' >root/etc/fstab
	printf 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX=""\n' >root/etc/default/grub
	echo 'auth required pam_securetty.so' >root/etc/pam.d/login
	echo tty1 >root/etc/securetty
	case $1 in
	sysvinit)
		echo init >root/sbin/init
		printf 'id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\n' >root/etc/inittab
		;;
	busybox)
		ln -s /bin/busybox root/sbin/init
		printf 'tty1::respawn:/sbin/getty 38400 tty1\n' >root/etc/inittab
		;;
	systemd)
		ln -s /lib/systemd/systemd root/sbin/init
		mkdir -p root/etc/systemd/system root/lib/systemd
		echo init >root/lib/systemd/systemd
		ln -s /dev/null 'root/etc/systemd/system/serial-getty@hvc0.service'
		;;
	openrc)
		ln -s openrc-init root/sbin/init
		echo init >root/sbin/openrc-init
		mkdir -p root/etc/init.d root/etc/runlevels/default
		echo agetty >root/etc/init.d/agetty
		;;
	esac
}

# disk NAME MKE2FS-OPTION...: with boot code that is called GRUB.
disk() {
	name=$1
	shift
	rm -f fs "$name"
	truncate -s 47M fs
	mke2fs -q -F -t ext4 -U 0b0b0b0b-0000-4000-8000-000000000001 -d root "$@" fs
	truncate -s 48M "$name"
	printf 'label: dos\nlabel-id: 0x1234abcd\n2048,,83,*\n' | sfdisk -q "$name"
	dd if=fs of="$name" bs=1M seek=1 conv=notrunc,sparse status=none
	printf 'GRUB' | dd of="$name" bs=1 seek=384 conv=notrunc status=none
}
