# The image: from sources and lists to one disk. KERNEL=/boot/vmlinuz-... takes a stock kernel instead of
# ours, with the initramfs that it then needs.
include rootfs/sources.mk

KERNEL ?= build/sysroot/kernel/vmlinuz
STAMPS := $(foreach c,busybox dropbear libxenstore grub,build/sysroot/$(c).stamp)
USED   := $(STAMPS:.stamp=/USED)

ifeq ($(KERNEL),build/sysroot/kernel/vmlinuz)
STAMPS += build/sysroot/kernel.stamp
USED   += build/sysroot/kernel/USED
LINUX_LICENCE := build/sysroot/kernel/copyright
INITRD :=
else
$(if $(wildcard $(KERNEL)),,$(error KERNEL=$(KERNEL): no such file))
INITRD := build/image/initrd.img
USED   += $(INITRD).used
LINUX_LICENCE := $(INITRD).copyright
build/image/initrd.img: $(KERNEL) rootfs/build-initrd.sh rootfs/initrd-init rootfs/initrd.modules \
		build/sysroot/busybox.stamp build/image/kernel.list
	@mkdir -p $(@D)
	@rootfs/build-initrd.sh $(KERNEL) $@
endif

# What the lists leave out because it depends on what was built.
build/image/kernel.list: FORCE | deps
	@mkdir -p $(@D)
	@{ echo "file /boot/vmlinuz 0644 $(KERNEL)"; \
	   $(if $(INITRD),echo "file /boot/initrd.img 0644 $(INITRD)";) \
	   echo "file /usr/share/licenses/linux 0644 $(LINUX_LICENCE)"; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# What is asked for at build: a shell on the consoles (CONSOLE=locked: none), who may log in by ssh
# (AUTHORIZED_KEYS=FILE), the key of the guest's own sshd (SSH_HOST_KEY=FILE, as dropbearkey makes it).
CONSOLE ?= shell
$(if $(filter shell locked,$(CONSOLE)),,$(error CONSOLE=$(CONSOLE): neither shell nor locked))
ASKED := $(wildcard $(AUTHORIZED_KEYS) $(SSH_HOST_KEY))
$(foreach f,$(filter-out $(ASKED),$(AUTHORIZED_KEYS) $(SSH_HOST_KEY)),$(error $(f): no such file))

build/image/asked.list: FORCE
	@mkdir -p $(@D)
	@{ $(if $(filter shell,$(CONSOLE)),echo "file /etc/xlab/services.d/shell 0644 rootfs/services.d/shell";) \
	   $(if $(AUTHORIZED_KEYS),echo "file /etc/xlab/authorized_keys 0600 $(AUTHORIZED_KEYS)";) \
	   $(if $(SSH_HOST_KEY),echo "file /etc/xlab/ssh_host_key 0600 $(SSH_HOST_KEY)";) \
	   :; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/image/applets.list: build/sysroot/busybox.stamp
	@mkdir -p $(@D)
	@awk '$$1 != "/bin/busybox" { print "link", $$1, "/bin/busybox" }' build/sysroot/busybox/applets >$@

build/image/grub.cfg: rootfs/grub.cfg rootfs/cmdline build/image/kernel.list
	@sed -e "s|@CMDLINE@|$$(cat rootfs/cmdline)|" $(if $(INITRD),,-e '/^[[:space:]]*initrd /d') rootfs/grub.cfg >$@

IMAGE_LISTS := rootfs/files build/image/asked.list build/image/kernel.list build/image/applets.list

IMAGE ?= build/image/xlab.img

$(IMAGE): build/host/xlab $(IMAGE_LISTS) $(STAMPS) $(INITRD) build/image/grub.cfg \
		$(addprefix build/guest/xlab-,init agent bench ctl net seed) \
		$(wildcard rootfs/etc/* rootfs/lib/* rootfs/net/* rootfs/services.d/* rootfs/workloads/*) $(ASKED) \
		rootfs/cmdline LICENSE
	@build/host/xlab image build $(addprefix --list ,$(IMAGE_LISTS)) --grub build/sysroot/grub/i386-pc \
		$(addprefix --used ,$(USED)) --out $@
	@echo "  IMAGE   $@"

.PHONY: FORCE
FORCE:
