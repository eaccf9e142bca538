#!/bin/sh
# SPDX-License-Identifier: ISC
#
# build-kernel.sh DIR: the guest's kernel with kernel.config, as DIR/vmlinuz. The same source gives
# the same bytes: the date in it is the source's own.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$1" && pwd) work=$out/.work
mkdir "$work"
"$here/unpack.sh" linux-source-6.1 "$work/deb" "$out"

# Half of the tree is code of other machines; what configures and builds stays.
mkdir "$work/linux"
tar -xJf "$work"/deb/usr/src/linux-source-6.1.tar.xz -C "$work/linux" --strip-components=1 \
	--exclude='*/arch/[!x]*/*.[chS]' --exclude='*.dts' --exclude='*.dtsi' \
	--exclude='*/Documentation/*/*' --exclude='*/tools/testing/*' --exclude='*/sound/*.[ch]' \
	--exclude='*/drivers/gpu/drm/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
	--exclude='*/drivers/staging/*.[ch]'
cd "$work/linux"

# Trace events of the scheduler, interrupts, the CPU and Xen are enough: the others are 3 % of the
# file.
for folder in block drivers fs mm net; do
	echo 'subdir-ccflags-y += -DNOTRACE' >>"$folder/Makefile"
done
# Two files there hold events that the rest of the kernel uses.
printf 'CFLAGS_%s.o += -UNOTRACE\n' mmap_lock rmap >>mm/Makefile

# The kernel calls $KGZIP with the options of gzip; this one packs 3 % denser.
printf '#!/bin/sh\nexec libdeflate-gzip -12 -c\n' >"$work/gzip"
chmod 755 "$work/gzip"

stamp=$(LC_ALL=C date -u -r COPYING)
export KBUILD_BUILD_TIMESTAMP="$stamp" KBUILD_BUILD_USER=xlab KBUILD_BUILD_HOST=xlab
make -s KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig
"$here/kconfig-check.sh" "$here/kernel.config" .config
make -s -j"$(nproc)" KBUILD_BUILD_VERSION=1 KGZIP="$work/gzip" bzImage

cp arch/x86/boot/bzImage "$out/vmlinuz"
cp .config "$out/config"
cp System.map "$out"
cat COPYING LICENSES/preferred/GPL-2.0 >>"$out/copyright"
cd "$out"
rm -rf "$work"
