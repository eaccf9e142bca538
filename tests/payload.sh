# SPDX-License-Identifier: ISC
#
# Payloads without a guest, for tests in shell that have a folder $tmp of their own.
# shellcheck shell=sh

# enter_by_chroot NAME FILE: xlab-work shall find the payload NAME in FILE, which is taken apart, as it does
# with xlab-run-in in a guest: nothing but /tmp, /run and /var can be written.
enter_by_chroot() {
	fsck.erofs --extract="$tmp/root" "$2" >/dev/null
	cat >"$tmp/run-in" <<-EOT
		#!/bin/sh
		[ "\$1" = $1 ] || exit 100
		shift
		exec unshare --mount --map-root-user sh -euc 'mount --bind "\$0" "\$0"; mount -o remount,bind,ro "\$0"
			for folder in proc dev; do mount --rbind /\$folder "\$0/\$folder"; done
			for folder in tmp run var; do mount -t tmpfs tmpfs "\$0/\$folder"; done
			exec chroot "\$0" "\$@"' $tmp/root "\$@"
	EOT
	chmod 755 "$tmp/run-in"
	export XLAB_RUN_IN="$tmp/run-in"
	unset TMPDIR
}
