/* SPDX-License-Identifier: ISC */
/* What the commands of xlab native share. */
#ifndef HOST_CMD_NATIVE_H
#define HOST_CMD_NATIVE_H

extern const char cmd_native_usage[];

int cmd_native_entry(int argc, char **argv);

#endif
