RESULT_SRCS := $(wildcard host/store*.c) host/record.c guest-tools/lib/io.c $(PROTO_SRCS)
FACTS_SRCS := $(addprefix host/,domains.c facts.c facts_host.c facts_noise.c facts_read.c facts_split.c \
	facts_sysfs.c facts_xenpm.c facts_xl.c proc.c xl.c) guest-tools/lib/io.c $(PROTO_SRCS)
XLCFG_SRCS := $(wildcard host/xlcfg*.c) guest-tools/proto/crc32.c

PLAN_SRCS := $(addprefix host/,domain.c plan.c plan_order.c) $(wildcard host/stats*.c) $(addprefix guest-tools/lib/,io.c keyfile.c netspec.c)

# UNIT_NAME is what tests/unit/test_NAME.c is linked with.
UNIT_proto         := $(PROTO_SRCS)
UNIT_record        := host/record.c
UNIT_domain        := host/domain.c host/domain_render.c $(addprefix guest-tools/lib/,io.c keyfile.c netspec.c)
UNIT_plan          := $(PLAN_SRCS)
UNIT_disk_lock     := $(addprefix host/,disk_id.c disk_lock.c disk_user.c machine.c) \
	$(addprefix guest-tools/lib/,io.c xs.c xs_wire.c)
UNIT_domains       := $(addprefix host/,domains.c proc.c xl.c) $(PROTO_SRCS)
UNIT_store         := tests/unit/stored.c $(RESULT_SRCS)
UNIT_store_versions := tests/unit/stored.c $(RESULT_SRCS)
UNIT_store_facts   := $(addprefix host/walk,.c _facts.c _plan.c) $(addprefix host/import,.c _facts.c _plan.c) \
	host/facts_split.c $(sort $(PLAN_SRCS) $(RESULT_SRCS))
UNIT_store_plan    := $(RESULT_SRCS)
UNIT_guest         := host/guest.c host/guest_read.c host/machine.c $(RESULT_SRCS)
UNIT_crash         := host/guest.c host/guest_read.c host/machine.c tests/unit/vfs_crash.c $(RESULT_SRCS)
UNIT_stats         := $(wildcard host/stats*.c)
UNIT_stats_boot    := $(UNIT_stats)
UNIT_stats_compare := $(UNIT_stats)
UNIT_stats_cover   := $(UNIT_stats)
UNIT_stats_golden  := $(UNIT_stats) guest-tools/lib/io.c
UNIT_report        := $(addprefix host/report,.c _compare.c _expected.c _facts.c _figure.c _host.c _model.c _plan.c \
	_text.c _unlike.c _warn.c) $(addprefix host/walk,.c _facts.c _plan.c) host/facts_split.c \
	tests/unit/runs.c $(sort $(PLAN_SRCS) $(RESULT_SRCS))
UNIT_report_host   := $(UNIT_report)
UNIT_report_text   := host/report_text.c
UNIT_ctl           := guest-tools/ctl/ctl.c
UNIT_io            := guest-tools/lib/io.c
UNIT_json          := guest-tools/lib/json.c
UNIT_net           := guest-tools/net/net.c $(addprefix guest-tools/lib/,log.c netspec.c)
UNIT_netspec       := guest-tools/lib/netspec.c
UNIT_settings      := $(addprefix guest-tools/agent/,guestlog.c settings.c) $(PROTO_SRCS) \
	$(addprefix guest-tools/lib/,authkeys.c io.c log.c netspec.c)
UNIT_mode          := $(MODE_SRCS) guest-tools/lib/json.c
UNIT_payload       := $(addprefix host/payload_,erofs.c manifest.c seal.c) guest-tools/lib/io.c
UNIT_proc          := host/proc.c
UNIT_xlcfg         := guest-tools/lib/io.c $(XLCFG_SRCS)
UNIT_xlcfg_convert := $(UNIT_xlcfg)
UNIT_xlcfg_disk    := host/xlcfg_disk.c
UNIT_xlcfg_lint    := $(UNIT_xlcfg)
UNIT_doctor        := host/doctor.c host/doctor_rules.c $(FACTS_SRCS)
UNIT_facts         := $(FACTS_SRCS)
UNIT_facts_xl      := $(FACTS_SRCS)
UNIT_facts_noise   := $(FACTS_SRCS)
UNIT_facts_split   := host/facts_split.c
UNIT_disk          := $(DISK_SRCS) tests/unit/disks.c host/proc.c guest-tools/lib/io.c
UNIT_lint          := $(LINT_SRCS)
UNIT_bzimage       := $(addprefix host/,bzimage.c initramfs.c unpack.c proc.c) tests/unit/disks.c
UNIT_grubboot      := host/grubboot.c
UNIT_grubmenu      := $(LINT_SRCS) host/adopt_text.c
UNIT_bench         := $(filter-out guest-tools/bench/main.c,$(BENCH_SRCS))
UNIT_bench_program := $(UNIT_bench)
UNIT_workload      := $(addprefix guest-tools/lib/,io.c keyfile.c workload.c)
UNIT_metric        := guest-tools/lib/metric.c
UNIT_rsf           := guest-tools/lib/metric.c guest-tools/lib/rsf.c
UNIT_sha256        := guest-tools/lib/sha256.c
UNIT_work          := $(filter-out guest-tools/work/main.c,$(WORK_SRCS))
UNIT_step          := guest-tools/agent/step.c $(addprefix guest-tools/lib/,io.c keyfile.c log.c workload.c workload_file.c)
UNIT_init          := $(filter-out init/main.c,$(INIT_SRCS))
UNIT_init_sup      := init/sup.c
UNIT_init_word     := init/word.c
UNIT_init_conf     := init/conf.c init/word.c
UNIT_init_boot     := tests/unit/fake.c init/boot.c
UNIT_init_load     := tests/unit/fake.c $(addprefix init/,conf.c console.c load.c ring.c state.c word.c)
UNIT_init_order    := $(UNIT_init_conf)
UNIT_init_out      := tests/unit/fake.c $(addprefix init/,out.c ring.c state.c)
UNIT_init_param    := init/param.c init/word.c
UNIT_init_state    := tests/unit/fake.c init/ring.c init/state.c
UNIT_init_stop     := tests/unit/fake.c $(addprefix init/,ring.c state.c stop.c)
UNIT_init_sys      := init/sys.c
UNIT_init_watchdog := tests/unit/fake.c $(addprefix init/,ring.c state.c watchdog.c word.c)
UNIT_svc           := $(addprefix tests/unit/,fake.c svc_set.c) \
	$(addprefix init/,conf.c out.c ring.c state.c sup.c svc.c word.c)
UNIT_svc_stop      := $(UNIT_svc)

UNIT_TESTS := $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))

# FUZZ_NAME is what tests/fuzz/fuzz_NAME.c is linked with.
FUZZ_conf    := init/conf.c init/word.c
FUZZ_ctl     := $(filter-out init/main.c,$(INIT_SRCS))
FUZZ_disk    := $(LINT_SRCS) host/adopt.c host/adopt_files.c host/adopt_initrd.c host/adopt_text.c host/proc.c
FUZZ_facts   := $(addprefix host/,facts_read.c facts_xenpm.c facts_xl.c) guest-tools/lib/io.c
FUZZ_image   := $(addprefix host/,image_boot.c image_ext4.c image_list.c image_manifest.c image_read.c \
	image_size.c image_spdx.c image_verify.c proc.c) $(DISK_SRCS) guest-tools/lib/io.c
FUZZ_netspec := guest-tools/lib/netspec.c
FUZZ_param   := init/param.c init/word.c
FUZZ_payload := $(addprefix host/payload_,erofs.c manifest.c) guest-tools/lib/io.c
FUZZ_plan    := $(PLAN_SRCS)
FUZZ_proto   := $(PROTO_SRCS)
FUZZ_record  := host/record.c
FUZZ_rsf     := $(addprefix guest-tools/lib/,metric.c rsf.c)
FUZZ_workload := $(addprefix guest-tools/lib/,io.c keyfile.c metric.c workload.c)
FUZZ_xlcfg   := $(XLCFG_SRCS)

FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# tests/ns: the real init in namespaces. tests/store: the real xenstoreds without a hypervisor.
NS_TESTS   := $(patsubst tests/ns/test_%.c,%,$(wildcard tests/ns/test_*.c))
STORE_FAST := real quota gone
STORE_SLOW := swarm hostile
STORE_HARNESS_SRCS := $(addprefix tests/store/,bus.c daemon.c harness.c mux.c) host/proc.c \
	$(addprefix guest-tools/lib/,io.c xs.c xs_wire.c)
STORE_LAB_SRCS := $(addprefix tests/store/,support.c swarm.c swarm_honest.c wire.c) $(STORE_HARNESS_SRCS) \
	$(PROTO_SRCS)
STORE_real  := tests/store/test_store.c
STORE_quota := tests/store/test_quota.c
STORE_gone  := tests/store/test_gone.c
STORE_swarm := $(addprefix tests/store/,tap.c test_swarm.c)
STORE_hostile := $(addprefix tests/store/,hostile_protocol.c hostile_store.c tap.c test_hostile.c)
XS_CALLS_SRCS := tests/store/xs_calls.c $(addprefix guest-tools/lib/,io.c xs.c xs_wire.c)

# tests/xen: real boots, in QEMU. One testbed at a time serves all tests of a program.
XEN_SRCS    := tests/xen/test_xen.c host/proc.c host/image_read.c $(DISK_SRCS) guest-tools/lib/io.c
NATIVE_SRCS := tests/xen/test_native.c host/proc.c
NATIVE_BARE_SRCS := tests/xen/test_native_bare.c host/proc.c host/qemu.c guest-tools/lib/io.c
PLAN_NATIVE_SRCS := tests/xen/test_plan_native.c host/proc.c
XEN_INSTALL_SRCS := tests/xen/test_install.c host/proc.c
XEN_INIT_SRCS := tests/xen/test_init.c host/proc.c
XEN_START_SRCS := tests/xen/test_start.c host/proc.c
XEN_PAYLOAD_SRCS := tests/xen/test_payload.c host/proc.c
XEN_PAYLOAD_NATIVE_SRCS := tests/xen/test_payload_native.c host/proc.c host/qemu.c guest-tools/lib/io.c
XEN_ADOPT_SRCS := $(addprefix host/,proc.c qemu.c) tests/xen/test_adopt.c
XEN_INIT_NATIVE_SRCS := tests/xen/test_init_native.c host/proc.c host/qemu.c guest-tools/lib/io.c

# tests/bench: make bench-init. BENCH_STARTS, BENCH_ROUNDS, BENCH_ORPHANS, BENCH_RESTART (s) and
# BENCH_IDLE (s) make it shorter, or longer, as do BENCH_BOOTS and BENCH_MODES (tests/bench/boot.sh).
# XLAB_INIT is another xlab-init.
INIT_BENCH_SRCS := $(addprefix tests/bench/,init.c boot.c result.c subject.c tree.c)

# make bench-store. BENCH_ROUNDS, BENCH_GUESTS and BENCH_IDLE (s) make it shorter.
STORE_BENCH_SRCS := $(addprefix tests/bench/,store.c store_figures.c store_run.c usage.c) \
	$(filter-out tests/store/support.c,$(STORE_LAB_SRCS))
