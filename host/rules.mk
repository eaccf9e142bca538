HOST_SRCS := $(wildcard host/*.c) $(PROTO_SRCS) $(addprefix guest-tools/lib/,authkeys.c io.c keyfile.c log.c netspec.c workload.c workload_file.c xs.c xs_wire.c)
HOST_LIBS := -lsqlite3 -ljansson -lgsl -lgslcblas -lm -lmd -lxenstore -lfdisk -lblkid -lext2fs -lelf -lz -lbz2 -llzma -lzstd -llz4 -lcom_err
DISK_SRCS := $(addprefix host/,disk.c disk_fs.c disk_fs_path.c disk_fs_write.c disk_window.c)
LINT_SRCS := $(wildcard host/lint*.c) $(addprefix host/,bzimage.c grubmenu.c grubmenu_pygrub.c initramfs.c pystr.c unpack.c) \
	$(DISK_SRCS) guest-tools/lib/io.c
