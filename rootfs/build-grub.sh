#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-grub.sh DIR: GRUB's boot sectors and modules for a BIOS, as the distribution built them.
set -eu

out=$1 work=$1/.work
mkdir "$work"
"$(dirname "$0")/unpack.sh" grub-pc-bin "$work/grub" "$out"
cp -r "$work/grub/usr/lib/grub/i386-pc" "$out/i386-pc"
rm -rf "$work"
