# xlab: toolchains, flags, rules. What is built is listed in the rules.mk of each folder.
# `make help` prints the targets.

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --jobs=$(shell nproc)
.DEFAULT_GOAL := all

# Every time in the image, so that the same sources give the same bytes.
export SOURCE_DATE_EPOCH ?= 1767225600

WARN   := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
COMMON := -std=c11 -D_GNU_SOURCE -I. $(WARN) -MMD -MP

GUEST_CC     := musl-gcc
GUEST_CFLAGS := $(COMMON) -Os -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu
GUEST_LDFLAGS := -static -Wl,--gc-sections -Wl,--build-id=none -s
HOST_CC      ?= gcc
HOST_CFLAGS  := $(COMMON) -O2 -g
TEST_CFLAGS  := $(COMMON) -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS  := $(COMMON) -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS ?= 300

include init/rules.mk guest-tools/rules.mk host/rules.mk tests/rules.mk
include rootfs/rules.mk
-include host/testbed/testbed.mk

.PHONY: all help deps image demo install protocol check check-fast check-all check-unit bench-init bench-store fuzz lint reprotest clean
all: build/host/xlab image   ## the host program and the disk image (default)

help:                        ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

deps:                        ## install the Debian packages that this machine lacks
	@host/deps.sh

clean:                       ## remove build/ (the cache of big things stays)
	rm -rf build

# Objects: one folder a kind, so that nothing of one toolchain meets another's.

GUEST_OBJ = $(patsubst %.c,build/guest/%.o,$(1))
HOST_OBJ  = $(patsubst %.c,build/host/%.o,$(1))
TEST_OBJ  = $(patsubst %.c,build/test/%.o,$(1))
CLANG_OBJ = $(patsubst %.c,build/clang/%.o,$(1))
FUZZ_OBJ  = $(patsubst %.c,build/fuzz/%.o,$(1))

build/guest/guest-tools/lib/xs.o build/guest/guest-tools/lib/xs_wire.o: private GUEST_CFLAGS += -Ibuild/sysroot/libxenstore/include
build/host/host/payload_packages.o build/clang/host/payload_packages.o: host/payload-pack.sh
$(patsubst %,build/%/host/spec.o,host clang test): rootfs/spec/run
$(patsubst %,build/%/host/report_expected.o,host clang test): docs/expected.json
build/guest/guest-tools/lib/xs.o build/guest/guest-tools/lib/xs_wire.o: build/sysroot/libxenstore.stamp

build/guest/%.o: %.c build/tools build/flags | deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(GUEST_CC) $(GUEST_CFLAGS) -c -o $@ $<

build/host/%.o: %.c | deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(HOST_CC) $(HOST_CFLAGS) -c -o $@ $<

build/test/%.o: %.c | deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(HOST_CC) $(TEST_CFLAGS) -c -o $@ $<

build/clang/%.o: %.c | deps
	@mkdir -p $(@D)
	@clang $(COMMON) -O1 -c -o $@ $<

build/fuzz/%.o: %.c | deps
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@clang $(FUZZ_CFLAGS) -c -o $@ $<

build/guest/xlab-init: $(call GUEST_OBJ,$(INIT_SRCS))
# It is there for as long as the guest: constants share pages with code, and what is small is together.
build/guest/xlab-init: private GUEST_LDFLAGS += -Wl,-z,noseparate-code -Wl,--sort-section=alignment
build/guest/xlab-bench: $(call GUEST_OBJ,$(BENCH_SRCS))
build/guest/xlab-work: $(call GUEST_OBJ,$(WORK_SRCS))
build/guest/xlab-ctl: $(call GUEST_OBJ,$(CTL_SRCS))
build/guest/xlab-seed: $(call GUEST_OBJ,$(SEED_SRCS))
build/guest/xlab-net: $(call GUEST_OBJ,$(NET_SRCS))
build/guest/xlab-agent: $(call GUEST_OBJ,$(AGENT_SRCS)) build/sysroot/libxenstore.stamp
build/guest/xlab-agent: private LIBS := build/sysroot/libxenstore/lib/libxenstore.a -lpthread
build/guest/xlab-%:
	@echo "  LD      $@"
	@$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)

build/host/xlab: $(call HOST_OBJ,$(HOST_SRCS))
	@echo "  LD      $@"
	@$(HOST_CC) -o $@ $^ $(HOST_LIBS)

# The image.

image: $(IMAGE)              ## the disk image, build/image/xlab.img; FLAVOUR=minimal: xlab-minimal.img

# The main job.

PLAN      ?= xen-configs/plans/micro.plan
XENSTORED ?= xenstored
demo: build/host/xlab image testbed ## boot the image in five modes as PLAN says, and report
	@rm -rf build/demo
	@build/host/xlab testbed demo --plan $(PLAN) --out build/demo --xenstored $(XENSTORED)

# On a Xen host: the program, its manual pages, and what starts the collector at boot. DESTDIR is for packagers.
PREFIX  ?= /usr/local
BINDIR  := $(PREFIX)/bin
MANDIR  := $(PREFIX)/share/man

install: build/host/xlab     ## into PREFIX (/usr/local) below DESTDIR: xlab, manual pages, services of the collector
	install -D -m 755 build/host/xlab '$(DESTDIR)$(BINDIR)/xlab'
	for page in docs/man/*; do install -D -m 644 $$page '$(DESTDIR)$(MANDIR)/man'$${page##*.}/$${page##*/} || exit; done
	mkdir -p '$(DESTDIR)/lib/systemd/system' '$(DESTDIR)/etc/init.d'
	sed 's|@BINDIR@|$(BINDIR)|' host/service/xlab-collect.service >'$(DESTDIR)/lib/systemd/system/xlab-collect.service'
	sed 's|@BINDIR@|$(BINDIR)|' host/service/xlab-collect.openrc >'$(DESTDIR)/etc/init.d/xlab-collect'
	chmod 755 '$(DESTDIR)/etc/init.d/xlab-collect'

# Tests.

define UNIT_RULE
build/test/test_$(1): $$(call TEST_OBJ,tests/unit/test_$(1).c $$(UNIT_$(1)))
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call UNIT_RULE,$(t))))
build/test/test_%:
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) -lcmocka $(HOST_LIBS)

build/test/test_xlcfg build/test/test_xlcfg_disk: private HOST_LIBS += -lxlutil -lxenlight

UNIT_PROGRAMS := $(UNIT_TESTS:%=build/test/test_%)

build/test/ns_%: build/test/tests/ns/test_%.o build/test/tests/ns/guest.o build/guest/xlab-init \
		build/guest/xlab-ctl build/guest/hostile build/sysroot/busybox.stamp
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) -lcmocka

.SECONDARY: $(NS_TESTS:%=build/test/tests/ns/test_%.o) build/test/tests/ns/guest.o

build/guest/hostile: $(call GUEST_OBJ,tests/ns/hostile.c)
	@$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $^

define STORE_RULE
build/test/store_$(1): $$(call TEST_OBJ,$$(STORE_$(1)) $$(STORE_LAB_SRCS)) build/test/store/shim.so \
		build/guest/xs_calls build/guest/xlab-agent build/host/xlab build/sysroot/xenstored.stamp
endef
$(foreach t,$(STORE_FAST) $(STORE_SLOW),$(eval $(call STORE_RULE,$(t))))
build/test/store_%:
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) -lcmocka $(HOST_LIBS)

build/test/with_store: $(call TEST_OBJ,tests/store/with_store.c $(STORE_HARNESS_SRCS)) build/test/store/shim.so \
		build/sysroot/xenstored.stamp
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(HOST_LIBS)

tests/store/test_collect.sh: build/test/with_store build/guest/xlab-agent build/guest/xlab-work build/host/xlab

build/test/store_hostile: build/test/xlab

# The host program as tests want it where others try to break it. With sanitizers gcc warns of
# lengths that it does not warn of without.
$(call TEST_OBJ,$(HOST_SRCS)): private TEST_CFLAGS += -Wno-format-truncation
build/test/xlab: $(call TEST_OBJ,$(HOST_SRCS))
	@echo "  LD      $@"
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $^ $(HOST_LIBS)

build/test/store/shim.so: tests/store/shim.c tests/store/bus.h | deps
	@mkdir -p $(@D)
	@$(HOST_CC) $(COMMON) -std=gnu11 -O2 -fPIC -shared -o $@ $<

tests/repro/repro.sh: build/test/repro/clock.so

build/test/repro/clock.so: tests/repro/clock.c | deps
	@mkdir -p $(@D)
	@$(HOST_CC) $(COMMON) -O2 -fPIC -shared -o $@ $<

build/test/fault.so: tests/cli/fault.c | deps
	@mkdir -p $(@D)
	@$(HOST_CC) $(COMMON) -O2 -fPIC -shared -o $@ $<

tests/cli/test_install.sh tests/cli/test_wrap.sh: build/test/fault.so

build/guest/xs_calls: $(call GUEST_OBJ,$(XS_CALLS_SRCS)) build/sysroot/libxenstore.stamp
	@$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^) build/sysroot/libxenstore/lib/libxenstore.a -lpthread

define FUZZ_RULE
build/fuzz/$(1): $$(call FUZZ_OBJ,tests/fuzz/fuzz_$(1).c $$(FUZZ_$(1)))
	@clang -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(LIBS)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call FUZZ_RULE,$(t))))

build/fuzz/image build/fuzz/disk build/fuzz/payload build/fuzz/plan build/fuzz/record build/fuzz/facts: private LIBS := $(HOST_LIBS)

FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=build/fuzz/%)
tests/fuzz/sweep.sh: $(FUZZ_PROGRAMS)

fuzz: $(FUZZ_PROGRAMS)       ## run each fuzz target for FUZZ_SECONDS (300); what they find is in build/fuzz/found
	@for t in $(FUZZ_TARGETS); do mkdir -p build/fuzz/found/$$t && \
		build/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
		-artifact_prefix=build/fuzz/found/$$t- build/fuzz/found/$$t tests/fuzz/corpus/$$t || exit; done

tests/cli/test_pygrub.sh: build/host/xlab build/sysroot/pygrub.stamp build/test/pygrub_menu

build/test/pygrub_menu: $(call TEST_OBJ,tests/cli/pygrub_menu.c host/grubmenu_pygrub.c host/pystr.c guest-tools/lib/io.c)
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $^ -ljansson

build/test/protocol_tables: $(call TEST_OBJ,tests/cli/protocol_tables.c $(PROTO_SRCS))
	@$(HOST_CC) -fsanitize=address,undefined -o $@ $^

tests/cli/test_protocol.sh tests/cli/test_man.sh: build/test/protocol_tables

protocol: build/test/protocol_tables ## make the tables of docs/protocol.md again
	@build/test/protocol_tables | awk -f tests/cli/protocol.awk - docs/protocol.md >build/protocol.md
	@cat build/protocol.md >docs/protocol.md

$(addprefix tests/cli/,test_workload.sh test_spec_like.sh test_h2_server.sh): build/guest/xlab-work

tests/cli/test_spec.sh: build/host/xlab build/guest/xlab-work

tests/cli/test_adopt.sh: build/host/xlab build/sysroot/kernel.stamp image

tests/cli/test_scratch.sh: build/sysroot/busybox.stamp

tests/cli/test_native.sh tests/cli/test_chroot.sh: build/host/xlab $(addprefix build/guest/xlab-,agent bench) build/sysroot/busybox.stamp \
	build/sysroot/grub.stamp

FAST_PROGRAMS := $(UNIT_PROGRAMS) $(NS_TESTS:%=build/test/ns_%) \
	$(STORE_FAST:%=build/test/store_%) tests/store/test_collect.sh \
	$(addprefix tests/cli/,test_adopt.sh test_cfg.sh test_chroot.sh test_cli.sh test_doctor.sh test_export.sh test_image.sh test_install.sh \
	test_man.sh test_manifest.sh test_native.sh test_payload.sh test_plan.sh test_protocol.sh test_pygrub.sh test_report.sh \
	test_scratch.sh test_spec.sh \
	test_workload.sh test_wrap.sh) \
	tests/net/test_net.sh tests/repro/repro.sh tests/fuzz/sweep.sh

check-fast: lint $(FAST_PROGRAMS) image $(IMAGE_minimal) ## what needs no emulator
	@tests/run.sh $(FAST_PROGRAMS)

build/test/xen_modes: $(call HOST_OBJ,$(XEN_SRCS))
build/test/xen_init: $(call HOST_OBJ,$(XEN_INIT_SRCS)) build/test/domain_state
build/test/xen_init_native: $(call HOST_OBJ,$(XEN_INIT_NATIVE_SRCS))
build/test/xen_install: $(call HOST_OBJ,$(XEN_INSTALL_SRCS))
build/test/xen_start: $(call HOST_OBJ,$(XEN_START_SRCS))
build/test/xen_native: $(call HOST_OBJ,$(NATIVE_SRCS))
build/test/xen_native_bare: $(call HOST_OBJ,$(NATIVE_BARE_SRCS))
build/test/xen_plan_native: $(call HOST_OBJ,$(PLAN_NATIVE_SRCS))
build/test/xen_payload: $(call HOST_OBJ,$(XEN_PAYLOAD_SRCS))
build/test/xen_payload_native: $(call HOST_OBJ,$(XEN_PAYLOAD_NATIVE_SRCS))
build/test/xen_%:
	@mkdir -p $(@D)
	@$(HOST_CC) -o $@ $(filter %.o,$^) -lcmocka $(HOST_LIBS)

build/test/domain_state: $(call HOST_OBJ,tests/xen/domain_state.c)
	@$(HOST_CC) -o $@ $^ -lxenctrl

build/test/xen_oxenstored build/test/xen_oxenstored_hvm: build/test/xen_modes
	@printf '#!/bin/sh\nXENSTORED=oxenstored exec build/test/xen_modes $(WHAT)\n' >$@; chmod +x $@
build/test/xen_oxenstored: private WHAT := direct
build/test/xen_oxenstored_hvm: private WHAT := firmware

build/test/xen_init_oxenstored: build/test/xen_init
	@printf '#!/bin/sh\nXENSTORED=oxenstored exec build/test/xen_init\n' >$@; chmod +x $@

# In two lanes, as there are two cores: an emulator has the use of one. Each program has folders of its own.
XEN_PROGRAMS := $(addprefix build/test/xen_,native native_bare modes oxenstored install payload payload_native)
XEN_BESIDE   := $(addprefix build/test/xen_,init init_native start)

# The payloads of tests, from the archives once.
payload_web  = nginx
payload_java = openjdk-17-jre-headless
build/payload/%: FORCE build/host/xlab
	@rootfs/cache.sh payload-$* $@ text:$(payload_$*) $(wildcard host/payload*) -- \
		tests/xen/make-payload.sh $* $(payload_$*)

# Those of workloads, each a folder of rootfs/payloads.
RECIPES := $(patsubst rootfs/payloads/%/packages,%,$(wildcard rootfs/payloads/*/packages))
$(RECIPES:%=build/payload/%): build/payload/%: FORCE build/host/xlab
	@rootfs/cache.sh payload-$* $@ $(wildcard host/payload*) rootfs/payloads/build.sh \
		$$(find rootfs/payloads/$* -type f | LC_ALL=C sort) -- rootfs/payloads/build.sh $*

STORE_PROGRAMS := $(STORE_SLOW:%=build/test/store_%)

check: lint $(FAST_PROGRAMS) $(STORE_PROGRAMS) $(XEN_PROGRAMS) $(XEN_BESIDE) image $(IMAGE_minimal) testbed ## that, and real boots, natively and on a real Xen host in a box
	@tests/run.sh $(FAST_PROGRAMS) $(STORE_PROGRAMS) $(XEN_PROGRAMS) -- $(XEN_BESIDE)

build/test/xen_adopt: $(call HOST_OBJ,$(XEN_ADOPT_SRCS))

ADOPT_PROGRAMS := $(addprefix build/test/xen_adopt_,sysvinit systemd)

$(ADOPT_PROGRAMS): build/test/xen_adopt_%: build/test/xen_adopt build/disks/debian-%.stamp
	@printf '#!/bin/sh\nexec build/test/xen_adopt $*\n' >$@; chmod +x $@

# Debian as installed, for the tests alone.
build/disks/debian-%.stamp: FORCE | deps
	@rootfs/cache.sh debian-$* build/disks/debian-$* $(wildcard tests/disks/debian* tests/disks/build-debian.sh) \
		-- tests/disks/build-debian.sh $*
	@readlink build/disks/debian-$* | cmp -s - $@ || readlink build/disks/debian-$* >$@

# What is in the payloads of workloads, of which each takes minutes to build.
WORKLOAD_PROGRAMS := $(addprefix tests/cli/,test_spec_like.sh test_h2_server.sh)
tests/cli/test_spec_like.sh: build/payload/spec-like
tests/cli/test_h2_server.sh: build/payload/h2

tests/cli/test_report.sh tests/cli/test_report_html.sh: build/host/xlab

build/test/xen_payload build/test/xen_payload_native: | build/payload/web build/payload/java

SLOW_PROGRAMS := $(addprefix build/test/xen_,plan_native oxenstored_hvm init_oxenstored) tests/xen/test_packages.sh tests/cli/test_report_html.sh $(WORKLOAD_PROGRAMS) $(ADOPT_PROGRAMS)

check-all: check $(SLOW_PROGRAMS) ## the same, and what takes long
	@TEST_TIMEOUT=7200 tests/run.sh $(SLOW_PROGRAMS)

build/bench/init: $(call HOST_OBJ,$(INIT_BENCH_SRCS))
	@mkdir -p $(@D)
	@$(HOST_CC) -o $@ $^ -ljansson

build/bench/service: $(call GUEST_OBJ,tests/bench/service.c)
	@mkdir -p $(@D)
	@$(GUEST_CC) $(GUEST_LDFLAGS) -o $@ $^

build/bench/boots: $(call HOST_OBJ,tests/bench/boots.c)
	@mkdir -p $(@D)
	@$(HOST_CC) -o $@ $^ -ljansson

bench-init: build/bench/init build/bench/boots build/bench/service build/sysroot/inits.stamp image testbed \
		build/host/xlab ## compare programs for PID 1, side by side and in boots
	@build/bench/init build/bench/init.json
	@tests/bench/boot.sh $(filter-out rootfs/files,$(IMAGE_LISTS))
	@build/bench/boots build/bench/init.json $(foreach n,xlab-init busybox,$(n)=build/bench/boot-$(n).json)

build/bench/store: $(call HOST_OBJ,$(STORE_BENCH_SRCS))
	@mkdir -p $(@D)
	@$(HOST_CC) -o $@ $^ -ljansson -lxenstore

bench-store: build/bench/store build/test/store/shim.so build/host/xlab build/sysroot/xenstored.stamp \
		build/test/with_store build/guest/xlab-agent build/sysroot/dropbear.stamp ## the collector against raw writes, a loop in shell, and itself
	@build/bench/store build/bench/store.json
	@tests/bench/skew.sh build/bench/skew.json

# clang reads everything too, for its warnings; the .d files of both tell who includes whom.
C_SRCS := $(sort $(INIT_SRCS) $(AGENT_SRCS) $(BENCH_SRCS) $(CTL_SRCS) $(NET_SRCS) $(SEED_SRCS) $(WORK_SRCS) $(HOST_SRCS))
SCRIPTS := $(shell grep -lr '^#!/bin/sh' host rootfs tests)

lint: $(call CLANG_OBJ,$(C_SRCS)) build/host/xlab ## warnings of both compilers, shellcheck, the arrows between rooms
	@awk -f tests/includes.awk $$(find build -path build/repro -prune -o -name '*.d' -type f -print)
	@! grep -l '<xenstore.h>' $(filter-out guest-tools/lib/xs.c,$(C_SRCS))
	@shellcheck -x -S warning $(SCRIPTS)

reprotest: tests/repro/repro.sh ## build everything twice, from nothing, and compare the bytes
	@tests/repro/repro.sh all

check-unit: $(UNIT_PROGRAMS) ## the unit tests alone
	@tests/run.sh $(UNIT_PROGRAMS)

-include $(shell find build -path build/repro -prune -o -name '*.d' -type f -print 2>/dev/null)
