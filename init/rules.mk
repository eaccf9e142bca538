# PID 1 stands alone: nothing of guest-tools, no libxenstore.
INIT_SRCS := $(wildcard init/*.c)
