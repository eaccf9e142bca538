# The image: from sources and lists to one disk. KERNEL=/boot/vmlinuz-... takes a stock kernel instead of
# ours, with the initramfs that it then needs.
include rootfs/sources.mk

KERNEL ?= build/sysroot/kernel/vmlinuz
COMPONENTS := busybox dropbear libxenstore grub

# Flavours: which parts of the lists, which are components too, each leaves out. FLAVOUR=minimal for
# `make image`; IMAGE=FILE puts it elsewhere.
FLAVOUR ?= full
FLAVOURS := full minimal
WITHOUT_minimal := dropbear
IMAGE_full      := build/image/xlab.img
IMAGE_minimal   := build/image/xlab-minimal.img
$(if $(filter $(FLAVOUR),$(FLAVOURS)),,$(error FLAVOUR=$(FLAVOUR): not one of $(FLAVOURS)))
IMAGE ?= $(IMAGE_$(FLAVOUR))

# What decides the bytes besides the sources and our programs: the manifest has the hashes.
INPUTS := rootfs/sources.lock rootfs/cmdline rootfs/grub.cfg rootfs/components rootfs/files \
	$(addprefix rootfs/,apt-private.sh fetch.sh unpack.sh) build/flags

ifeq ($(KERNEL),build/sysroot/kernel/vmlinuz)
COMPONENTS += kernel
LINUX_LICENCE := build/sysroot/kernel/copyright
INITRD :=
else
$(if $(wildcard $(KERNEL)),,$(error KERNEL=$(KERNEL): no such file))
INITRD := build/image/initrd.img
USED   := kernel=$(INITRD).used
INPUTS += rootfs/build-initrd.sh rootfs/initrd-init rootfs/initrd.modules
LINUX_LICENCE := $(INITRD).copyright
build/image/initrd.img: $(KERNEL) rootfs/build-initrd.sh rootfs/initrd-init rootfs/initrd.modules \
		build/sysroot/busybox.stamp build/image/kernel.list
	@mkdir -p $(@D)
	@rootfs/build-initrd.sh $(KERNEL) $@
endif

# What the lists leave out because it depends on what was built.
build/image/kernel.list: FORCE | deps
	@mkdir -p $(@D)
	@{ echo "part kernel"; \
	   echo "file /boot/vmlinuz 0644 $(KERNEL)"; \
	   $(if $(INITRD),echo "file /boot/initrd.img 0644 $(INITRD)";) \
	   echo "part licences"; \
	   echo "file /usr/share/licenses/linux 0644 $(LINUX_LICENCE)"; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# What is asked for at build: a shell on the consoles (CONSOLE=locked: none), who may log in by ssh
# (AUTHORIZED_KEYS=FILE), the key of the guest's own sshd (SSH_HOST_KEY=FILE, as dropbearkey makes it).
CONSOLE ?= shell
$(if $(filter shell locked,$(CONSOLE)),,$(error CONSOLE=$(CONSOLE): neither shell nor locked))
ASKED := $(wildcard $(AUTHORIZED_KEYS) $(SSH_HOST_KEY))
$(foreach f,$(filter-out $(ASKED),$(AUTHORIZED_KEYS) $(SSH_HOST_KEY)),$(error $(f): no such file))

$(if $(ASKED),$(if $(filter minimal,$(FLAVOUR)),$(error the minimal flavour has no ssh: $(ASKED))))

build/image/asked.list: FORCE
	@mkdir -p $(@D)
	@{ echo "part config"; \
	   $(if $(filter shell,$(CONSOLE)),echo "file /etc/xlab/services.d/shell 0644 rootfs/services.d/shell";) \
	   echo "part dropbear"; \
	   $(if $(AUTHORIZED_KEYS),echo "file /etc/xlab/authorized_keys 0600 $(AUTHORIZED_KEYS)";) \
	   $(if $(SSH_HOST_KEY),echo "file /etc/xlab/ssh_host_key 0600 $(SSH_HOST_KEY)";) } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/image/applets.list: build/sysroot/busybox.stamp
	@mkdir -p $(@D)
	@awk '$$1 != "/bin/busybox" { print "link", $$1, "/bin/busybox" }' build/sysroot/busybox/applets >$@

build/image/grub.cfg: rootfs/grub.cfg rootfs/cmdline build/image/kernel.list
	@sed -e "s|@CMDLINE@|$$(cat rootfs/cmdline)|" $(if $(INITRD),,-e '/^[[:space:]]*initrd /d') rootfs/grub.cfg >$@

IMAGE_LISTS := rootfs/files build/image/asked.list build/image/kernel.list build/image/applets.list

# The programs that built it, by what they say of themselves or by their packages, and the flags. Our
# programs are built again when one of them is another (see build/guest/%.o).
build/tools: FORCE | deps
	@mkdir -p $(@D)
	@{ echo "gcc=$$(gcc --version | head -n 1)"; \
	   echo "binutils=$$(ld --version | head -n 1)"; \
	   echo "musl=$$(dpkg-query -W -f '$${Version}' musl-dev)"; \
	   dpkg-query -W -f '$${Package}=$${Version}\n' linux-libc-dev libdeflate-tools grub-common \
		e2fsprogs libext2fs2 libfdisk1; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(GUEST_CC) $(GUEST_CFLAGS) $(GUEST_LDFLAGS)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

STAMPS := $(COMPONENTS:%=build/sysroot/%.stamp)
# Expanded late, like musl in sources.mk.
COMPONENT_INPUTS = $(foreach c,$(1),rootfs/build-$(c).sh $(filter rootfs/% $(musl),$(sysroot_$(c))) \
	$(if $(filter busybox kernel,$(c)),build/sysroot/$(c)/config))

define IMAGE_RULE
$(2): build/host/xlab $(IMAGE_LISTS) $(STAMPS) $(INITRD) build/image/grub.cfg build/tools \
		$(addprefix build/guest/xlab-,init agent bench ctl net seed work) \
		$(wildcard rootfs/etc/* rootfs/lib/* rootfs/net/* rootfs/services.d/* rootfs/workloads/*) \
		$(ASKED) $(INPUTS) LICENSE
	@build/host/xlab image build --flavour $(1) $(addprefix --list ,$(IMAGE_LISTS)) \
		$(addprefix --without ,$(WITHOUT_$(1))) --grub build/sysroot/grub/i386-pc \
		$$(foreach c,$(filter-out $(WITHOUT_$(1)),$(COMPONENTS)),--used $$(c)=build/sysroot/$$(c)/USED) \
		$(addprefix --used ,$(USED)) --tools build/tools --components rootfs/components \
		$$(addprefix --input ,$$(sort $(INPUTS) \
			$$(call COMPONENT_INPUTS,$(filter-out $(WITHOUT_$(1)),$(COMPONENTS))))) --out $$@
	@echo "  IMAGE   $$@"
endef
$(eval $(call IMAGE_RULE,$(FLAVOUR),$(IMAGE)))
$(foreach f,$(filter-out $(FLAVOUR),$(FLAVOURS)),$(eval $(call IMAGE_RULE,$(f),$(IMAGE_$(f)))))

# Where the bytes go, and whether they are more than rootfs/size.budget allows; SIZE_JSON=1: as JSON.
.PHONY: size
size: $(IMAGE) build/host/xlab ## where the bytes of the image go, by component; SIZE_JSON=1 as JSON
	@build/host/xlab image size $(if $(SIZE_JSON),--json) --budget rootfs/size.budget $(IMAGE)

.PHONY: FORCE
FORCE:
