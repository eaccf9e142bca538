HOST_SRCS := $(wildcard host/*.c) $(PROTO_SRCS) $(addprefix guest-tools/lib/,authkeys.c io.c log.c netspec.c xs.c)
HOST_LIBS := -lsqlite3 -ljansson -lgsl -lgslcblas -lm -lmd -lxenstore -lfdisk -lext2fs -lcom_err
