/* SPDX-License-Identifier: ISC */
/* What the commands of xlab cfg share. */
#ifndef HOST_CMD_CFG_H
#define HOST_CMD_CFG_H

#include <jansson.h>

#include "host/xlcfg.h"

int cmd_cfg_convert(int argc, char **argv);
int cmd_cfg_lint(int argc, char **argv);

/* Reads an xl.cfg(5). 0, -EINVAL and -EFBIG with e, or -errno with e->what NULL. */
int cmd_cfg_read(const char *path, struct xlcfg *c, struct xlcfg_error *e);

/* A string of JSON with '?' for what is not printable ASCII, as log.h has it. */
json_t *cmd_cfg_json(const char *text);

#endif
