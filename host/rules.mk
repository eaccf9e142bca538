HOST_SRCS := $(wildcard host/*.c) $(PROTO_SRCS) $(addprefix guest-tools/lib/,authkeys.c io.c log.c netspec.c xs.c)
HOST_LIBS := -lsqlite3 -ljansson -lgsl -lgslcblas -lm -lmd -lxenstore -lfdisk -lblkid -lext2fs -lcom_err
DISK_SRCS := $(addprefix host/,disk.c disk_fs.c disk_fs_write.c disk_window.c)
