HOST_SRCS := $(wildcard host/*.c) $(PROTO_SRCS) $(addprefix guest-tools/lib/,io.c log.c xs.c)
HOST_LIBS := -lsqlite3 -ljansson -lgsl -lgslcblas -lm -lmd -lxenstore -lfdisk -lext2fs -lcom_err
