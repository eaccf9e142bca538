PROTO_SRCS := $(wildcard guest-tools/proto/*.c)
MODE_SRCS  := $(wildcard guest-tools/mode/*.c)
AGENT_SRCS := $(wildcard guest-tools/agent/*.c) $(PROTO_SRCS) $(MODE_SRCS) \
	$(addprefix guest-tools/lib/,authkeys.c io.c json.c keyfile.c log.c netspec.c workload.c workload_file.c xs.c xs_wire.c)
BENCH_SRCS := $(wildcard guest-tools/bench/*.c) $(addprefix guest-tools/lib/,json.c log.c times.c)
WORK_SRCS  := $(wildcard guest-tools/work/*.c) \
	$(addprefix guest-tools/lib/,io.c json.c keyfile.c log.c metric.c rsf.c sha256.c times.c workload.c workload_file.c)
CTL_SRCS   := $(wildcard guest-tools/ctl/*.c) $(addprefix guest-tools/lib/,io.c json.c log.c)
SEED_SRCS  := guest-tools/seed/main.c $(addprefix guest-tools/lib/,io.c log.c)
NET_SRCS   := $(wildcard guest-tools/net/*.c) $(addprefix guest-tools/lib/,io.c log.c netspec.c)
